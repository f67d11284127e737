"""Who may write: the revoke lock, the lease, the waiting for what is away, the stop."""

from tests.mutation.mutant import Edit, Mutant

RUNNER = "shared/stage/runner.py"
LOOP = "shared/stage/loop.py"

_CRASH = "tests/crash/test_crash_points.py::"
_RUNNER = "tests/unit/stage/test_runner.py::"
_LOOP = "tests/unit/stage/test_loop.py::"
_PIECES = "tests/unit/stage/test_pieces.py::"
_BETWEEN = f"{_RUNNER}test_a_lease_that_is_revoked_between_two_steps_stops_before_the_next"

LEASE = (
    Mutant(
        "no_revoke_lock",
        "a partition is not given up before the batch in hand has let go of it",
        (Edit(LOOP, "        async with self._in_hand:\n            pass\n", ""),),
        (f"{_LOOP}test_a_planned_rebalance_runs_no_batch_twice",),
    ),
    Mutant(
        "flag_after_the_lock",
        "the batch in hand is told of the revocation before it is waited for",
        (
            Edit(
                LOOP,
                "        if self._lease is not None:\n            self._lease.revoke()\n"
                "        async with self._in_hand:\n            pass\n",
                "        async with self._in_hand:\n            pass\n"
                "        if self._lease is not None:\n            self._lease.revoke()\n",
            ),
        ),
        (f"{_LOOP}test_what_is_revoked_while_a_batch_is_in_hand_is_not_written_and_done_again",),
    ),
    Mutant(
        "revoked_during_the_fetch",
        "a batch whose partitions went while it was fetched is not begun",
        (Edit(LOOP, "if generation != self._generation:", "if False:"),),
        (f"{_LOOP}test_what_is_revoked_while_it_is_fetched_is_not_begun",),
    ),
    Mutant(
        "lease_unchecked_before_decisions",
        "the lease is checked before decisions are stored",
        (
            Edit(
                "shared/stage/deciding.py",
                "        lease.check()\n        stored = await",
                "        stored = await",
            ),
        ),
        (f"{_RUNNER}test_a_revoked_lease_stops_before_anything_is_stored",),
    ),
    Mutant(
        "lease_unchecked_before_fates",
        "the lease is checked before fates are stored",
        (Edit(RUNNER, "            lease.check()\n            bundles |=", "            bundles |="),),
        (_BETWEEN,),
    ),
    Mutant(
        "lease_unchecked_before_publishing",
        "the lease is checked before anything is published",
        (Edit(RUNNER, "        lease.check()\n        await self._publisher", "        await self._publisher"),),
        (_BETWEEN,),
    ),
    Mutant(
        "lease_unchecked_before_commit",
        "the lease is checked before offsets are committed",
        (Edit(RUNNER, "        lease.check()\n        return dead\n", "        return dead\n"),),
        (
            f"{_LOOP}test_what_is_revoked_after_sending_is_not_committed_and_sent_again_in_the_same_bytes",
            _BETWEEN,
        ),
    ),
    Mutant(
        "no_deadline",
        "a batch that took longer than the group waits writes no more",
        (Edit("shared/stage/lease.py", "if self._clock() > self._deadline:", "if False:"),),
        (f"{_RUNNER}test_a_batch_that_took_longer_than_its_deadline_writes_nothing",),
    ),
    Mutant(
        "waits_with_the_lock_held",
        "what is away is waited for in place for a while only, then paused and without the lock",
        (Edit(LOOP, "if self._clock() + wait > given_up_at or", "if"),),
        (f"{_LOOP}test_a_store_that_is_away_for_long_is_waited_for_paused_and_nothing_is_lost",),
    ),
    Mutant(
        "not_paused_again",
        "while it waits, what is newly assigned is paused too",
        (Edit(LOOP, "        if self._paused:\n            self._source.pause()\n", ""),),
        (f"{_LOOP}test_a_store_that_is_away_for_long_is_waited_for_paused_and_nothing_is_lost",),
    ),
    Mutant(
        "no_rewind",
        "a batch that was not done is fetched again from its first offset",
        (
            Edit(
                LOOP,
                "            except BaseException:\n                self._source.rewind(undone.first_offsets())\n",
                "            except BaseException:\n",
            ),
        ),
        (f"{_LOOP}test_a_store_that_is_away_for_long_is_waited_for_paused_and_nothing_is_lost",),
    ),
    Mutant(
        "one_piece",
        "a fetch is done in pieces of bounded size, as Kafka's own limits count compressed bytes",
        (Edit(LOOP, "pieces = _pieces(batch, self._limits.max_bytes)", "pieces = [batch]"),),
        (f"{_PIECES}test_a_fetch_of_many_bytes_is_done_in_pieces_each_committed_when_it_is_done",),
    ),
    Mutant(
        "piece_passed_over",
        "of a fetch in pieces the one that was not done comes again",
        (Edit(LOOP, "undone = _joined(pieces[place:])", "undone = _joined(pieces[place + 1 :] or pieces[place:])"),),
        (f"{_PIECES}test_a_piece_that_is_not_done_comes_again_with_those_behind_it_and_none_before_it",),
    ),
    Mutant(
        "defect_passed_over",
        "a defect ends the consumer, and is no reason to go on behind the record",
        (
            Edit(
                LOOP,
                "            except BaseException:\n                self._source.rewind(undone.first_offsets())\n"
                "                raise\n",
                "            except (StoreAway, KafkaAway):\n"
                "                self._source.rewind(undone.first_offsets())\n                raise\n"
                "            except Exception:\n"
                "                await self._source.commit(piece.next_offsets())\n",
            ),
        ),
        (f"{_PIECES}test_a_defect_ends_the_consumer_commits_nothing_and_makes_no_dead_letter",),
    ),
    Mutant(
        "stop_leaves_the_batch",
        "who is told to stop finishes the batch in hand and commits it",
        (
            Edit(
                LOOP,
                "                await self._source.commit(piece.next_offsets())\n",
                "                if self._stopping.is_set():\n                    return\n"
                "                await self._source.commit(piece.next_offsets())\n",
            ),
        ),
        (f"{_LOOP}test_told_to_stop_it_finishes_the_batch_in_hand_and_commits_it",),
    ),
    Mutant(
        "standing_still_unseen",
        "a consumer that reads nothing although records wait makes no progress",
        (Edit(LOOP, "if not any(lag.values()):", "if True:"),),
        ("tests/unit/stage/test_waiting.py::test_fetches_that_bring_nothing_although_records_wait_are_no_progress",),
    ),
)
