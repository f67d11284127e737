"""Intake: is this a complete and readable application of a known source? Every fault at once, in both languages."""
