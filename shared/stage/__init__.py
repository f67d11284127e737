"""The stage runtime: takes batches from Kafka, has a stage decide, records, publishes, commits (design.md §4)."""
