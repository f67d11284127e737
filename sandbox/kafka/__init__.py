"""A real Apache Kafka of one node on this machine, for the demo, the tests and the bench."""
