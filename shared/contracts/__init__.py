"""Event contracts: what may stand in the value of a Kafka record, one module a subject.

Additive change within a major version; a consumer ignores fields that it does not know. The JSON Schemas under
``docs/contracts/`` are generated from these models (``shared.contracts.catalogue``).
"""
