"""`make bench-kafka`: the real core on Kafka beside others who take the same messages; nothing is asserted of time."""
