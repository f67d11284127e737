"""Chaos on the real thing: Kafka and two of each service as processes, and a seeded schedule of what can go wrong.

``make chaos SEED=…`` runs it; ``schedule.py`` says what is done, ``verdict.py`` what must hold afterwards.
"""
