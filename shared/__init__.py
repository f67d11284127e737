"""What all stages agree on: contracts, topics, the stage runtime, the store port, policy, reference data."""
