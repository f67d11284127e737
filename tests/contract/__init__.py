"""One behaviour suite a port, run on every adapter and on the fake."""
