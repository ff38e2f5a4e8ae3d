"""The core: what every message means, given everything before it.

Pure: no clock, randomness, input or output, logging or floats. `ledger` decides the books of the ledger,
`transactions` those of the signing accounts, `invariants` holds both to account without using either.
"""
