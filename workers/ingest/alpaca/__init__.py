"""Alpaca, a broker: journals between accounts, account activities, and the saved streams of both."""
