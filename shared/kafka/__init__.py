"""Kafka: the adapters behind ``shared.stage.ports``, and what an operator's commands need of a cluster.

``consumer`` and ``producer`` are the real adapters, ``fake`` the in-memory ones; one behaviour suite runs on both
(``tests/contract/test_kafka.py`` and ``test_kafka_sink.py``).
"""
