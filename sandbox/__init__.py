"""The outside world for demo, tests and bench: people, ministries, committees, providers, a local Kafka."""
