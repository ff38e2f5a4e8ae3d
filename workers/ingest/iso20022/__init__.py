"""ISO 20022: envelope, business application header, and one module for each message that is read."""
