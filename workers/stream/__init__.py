"""The workers on Kafka: Faust gives them membership, supervision, timers and web; the loop is the same."""
