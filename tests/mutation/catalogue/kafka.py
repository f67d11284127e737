"""Kafka as it is: what its client does by itself, and what a topic must be set to (design.md §3, §4)."""

from tests.mutation.mutant import Edit, Mutant

CONSUMER = "shared/kafka/consumer.py"
PRODUCER = "shared/kafka/producer.py"
TOPICS = "shared/topics.py"

_KAFKA = "tests/contract/test_kafka.py::"
_SINK = "tests/contract/test_kafka_sink.py::"
_SOURCE = "tests/unit/kafka/test_consumer.py::"
_TOPICS = "tests/unit/test_topics.py::"

KAFKA = (
    Mutant(
        "no_producer_replacement",
        "after a batch was refused for good the producer is replaced",
        (
            Edit(
                PRODUCER,
                "        if failures:\n            await self._abandon(producer)\n",
                "        if failures:\n",
            ),
        ),
        (f"{_SINK}test_after_a_refusal_the_sink_goes_on_as_if_it_were_new[real]",),
        needs_kafka=True,
    ),
    Mutant(
        "acks_one",
        "what was acknowledged is with all replicas in sync",
        (Edit(PRODUCER, 'acks="all"', "acks=1"), Edit(PRODUCER, "enable_idempotence=True", "enable_idempotence=False")),
        ("tests/unit/kafka/test_producer.py::test_its_producer_is_idempotent_and_waits_for_all_replicas",),
    ),
    Mutant(
        "offsets_earliest",
        "records that were deleted before they were read stop the consumer",
        (Edit(CONSUMER, 'auto_offset_reset="none"', 'auto_offset_reset="earliest"'),),
        (f"{_KAFKA}test_records_deleted_before_they_were_read_are_noticed[real]",),
        needs_kafka=True,
    ),
    Mutant(
        "aborted_records_read",
        "what an outsider's transaction has taken back is not read",
        (Edit(CONSUMER, 'isolation_level="read_committed"', 'isolation_level="read_uncommitted"'),),
        (
            "tests/unit/kafka/test_membership.py::test_nothing_is_committed_skipped_or_read_before_its_time",
            "tests/integration/test_kafka_faults.py"
            "::test_neither_markers_nor_an_open_transaction_of_an_outsider_look_like_records_that_wait",
        ),
    ),
    Mutant(
        "bad_header_blocks_the_partition",
        "a record that the client cannot parse is read by a reader of our own",
        (
            Edit(
                CONSUMER,
                "        except Exception as error:  # whatever",
                "        except ZeroDivisionError as error:  # whatever",
            ),
        ),
        (f"{_KAFKA}test_a_header_name_that_is_not_utf8_costs_only_its_own_record[real]",),
        needs_kafka=True,
    ),
    Mutant(
        "tolerant_fetch_forgets_the_others",
        "where a fetch fails on one partition, what the client had taken from the others is fetched again",
        (
            Edit(
                CONSUMER,
                "        self._back_to_next(consumer)\n        wanted =",
                "        wanted =",
            ),
        ),
        (f"{_SOURCE}test_a_fetch_that_cannot_be_read_loses_nothing_of_the_other_partitions",),
    ),
    Mutant(
        "new_partitions_begin_where_the_client_is",
        "partitions that came in the middle of a fetch that fails begin at what is committed",
        (
            Edit(
                CONSUMER,
                "            consumer.seek(partition, committed)\n            self._next",
                "            self._next",
            ),
        ),
        (f"{_SOURCE}test_a_fetch_that_cannot_be_read_loses_nothing_of_partitions_that_came_in_the_middle_of_it",),
    ),
    Mutant(
        "lost_client_kept",
        "a client whose own task has ended unseen is left for a new one",
        (Edit(CONSUMER, "        if self._is_lost(consumer):\n", "        if False:\n"),),
        (
            f"{_SOURCE}test_a_client_whose_own_task_has_ended_unseen_is_left_for_a_new_one",
            f"{_SOURCE}test_a_group_that_never_settles_is_joined_anew",
        ),
    ),
    Mutant(
        "failed_fetch_forgets_the_others",
        "where a fetch fails, what the client had moved past is fetched again",
        (
            Edit(
                CONSUMER,
                "        except CLIENT_FAILURES as error:\n            self._back_to_next(consumer)\n            if",
                "        except CLIENT_FAILURES as error:\n            if",
            ),
        ),
        (f"{_SOURCE}test_a_fetch_that_kafka_does_not_answer_loses_nothing",),
    ),
    Mutant(
        "size_unchecked_by_the_producer",
        "a record above every limit is refused before it is sent",
        (Edit(PRODUCER, "> RECORD_MAX_BYTES:", "> 10 * RECORD_MAX_BYTES:"),),
        (f"{_SINK}test_a_record_above_every_limit_is_refused_before_it_is_sent[real]",),
        needs_kafka=True,
    ),
    Mutant(
        "senders_time_rules_retention",
        "topics take the time of the append, so that a record of 1970 is kept",
        (Edit(TOPICS, '"LogAppendTime"', '"CreateTime"'),),
        (f"{_TOPICS}test_a_record_is_kept_by_when_it_came_and_not_by_what_it_says",),
    ),
    Mutant(
        "topic_compacted",
        "no topic is compacted",
        (Edit(TOPICS, '"cleanup.policy": "delete"', '"cleanup.policy": "compact"'),),
        (f"{_TOPICS}test_no_topic_is_compacted",),
    ),
    Mutant(
        "outsiders_may_compress",
        "what outsiders write is measured without compression",
        (Edit(TOPICS, '"uncompressed" if self.outside else "producer"', '"producer"'),),
        (f"{_TOPICS}test_what_outsiders_write_is_measured_without_compression",),
    ),
)
