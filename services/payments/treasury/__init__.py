"""The treasury's side: orders of allocation and release, what lapses with the fiscal year, what is recovered."""
