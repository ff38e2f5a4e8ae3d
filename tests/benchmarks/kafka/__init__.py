"""`make bench-kafka`: the real core on Kafka, beside others who take the same bytes. No time is asserted."""
