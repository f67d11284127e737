"""Enrolment: who gets a place. Places by cell, rolling queues, rounds with a committee, overlaps, entitlements."""
