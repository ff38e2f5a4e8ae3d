"""What Prometheus scrapes: the thread that works publishes figures, a scrape reads the last of them."""
