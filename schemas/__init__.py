"""The words: what a message, an event, an amount and an identifier are, and their one encoding."""
