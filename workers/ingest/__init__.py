"""Bytes to readings: what a broker's or custodian's message means, one reader a dialect family, no I/O."""
