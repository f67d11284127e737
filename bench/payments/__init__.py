"""What payments is held to, measured: ``make bench-payments`` writes ``var/bench/payments.json``."""
