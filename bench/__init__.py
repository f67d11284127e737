"""Measurements, never tests: each figure beside a reference from the same run, since machines are noisy."""
