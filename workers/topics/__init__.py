"""The topics of a log on Kafka: declared in one place, made, and held to what must not be lost."""
