"""What a running service tells: log lines without personal data, metrics, and the trace it is part of."""
