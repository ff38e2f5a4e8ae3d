"""The chains: one interface for executors and observers, and an implementation for each kind."""
