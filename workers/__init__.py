"""The workers: what reads confirmations, decides, mints and proves."""
