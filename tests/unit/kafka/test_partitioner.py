"""Keys go where Java's clients and aiokafka send them."""

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.partitioner import murmur2, partition_of


@given(st.binary(max_size=80))
def test_the_hash_is_aiokafkas(key: bytes) -> None:
    assert murmur2(key) == of_aiokafka(key)


@given(st.binary(max_size=80), st.integers(1, 64))
def test_the_partition_is_that_of_aiokafkas_default_partitioner(key: bytes, partitions: int) -> None:
    everything = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everything, everything)
