"""Makes a model from a register without labels, and measures one on labelled pairs (dedup.md, Model)."""
