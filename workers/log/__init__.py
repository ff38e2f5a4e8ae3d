"""The log: its rule, its engines, evidence and inboxes."""
