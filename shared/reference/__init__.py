"""Public reference data and formats: BBS geography, CCDS code lists, identifiers, text. No I/O, no policy."""
