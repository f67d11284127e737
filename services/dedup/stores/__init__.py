"""What only dedup does with a store: the building of its index in bulk, in each database's own way."""
