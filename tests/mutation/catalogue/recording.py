"""Steps 3 to 6 of the runtime: what is stored before what, and what is published from it."""

from tests.mutation.mutant import Edit, Mutant

RUNNER = "shared/stage/runner.py"
DECIDING = "shared/stage/deciding.py"
FATES = "shared/stage/fates.py"
LOOP = "shared/stage/loop.py"

_CRASH = "tests/crash/test_crash_points.py::test_stopped_at_any_point_and_again_it_publishes_the_same_bytes"
_RIVALS = "tests/crash/test_crash_points.py::test_two_processes_that_share_a_partition_publish_the_same_bytes"
_RUNNER = "tests/unit/stage/test_runner.py::"
_TWO = "tests/unit/stage/test_rivals.py::"

RECORDING = (
    Mutant(
        "ack_before_publish",
        "offsets are committed only after everything is published and acknowledged",
        (
            Edit(
                LOOP,
                "dead = await self._runner.process(piece, lease)\n"
                "                await self._source.commit(piece.next_offsets())\n",
                "await self._source.commit(piece.next_offsets())\n"
                "                dead = await self._runner.process(piece, lease)\n",
            ),
        ),
        (f"{_CRASH}[scoring]",),
    ),
    Mutant(
        "first_writer_does_not_win",
        "where a number was taken first by another input, the input is decided again",
        (
            Edit(
                DECIDING,
                "stored.update(zip(map(DECISIONS.key_of, kept), kept, strict=True))",
                "stored.update(zip(map(DECISIONS.key_of, rows), rows, strict=True))",
            ),
        ),
        (f"{_TWO}test_where_another_record_took_the_number_first_the_record_is_decided_again",),
    ),
    Mutant(
        "published_from_memory",
        "what is published is the stored decision, and not the one in memory",
        (
            Edit(
                DECIDING,
                "                    own = [\n                        kept\n",
                "                    own = [\n"
                "                        _row(draft, item, self._stage.policy, self._now_us(), "
                "drafts[1:] if draft is drafts[0] else ())\n",
            ),
        ),
        (f"{_TWO}test_what_is_published_is_the_row_that_is_stored_and_not_the_one_that_was_meant",),
    ),
    Mutant(
        "decided_again_on_replay",
        "a record that comes again is answered from its fate, and not from a decision made anew",
        (
            Edit(RUNNER, "known = await self._fates.known(records)", "known = dict[Origin, Fate]()"),
            Edit(FATES, "if kept is not given and kept.digest != given.digest:", "if False:"),
            Edit(
                "shared/stage/numbering.py",
                "    own = caused_by(rows, item.record.origin)\n    if own:\n        return Stored(own)\n    highest",
                "    highest",
            ),
        ),
        (f"{_RUNNER}test_a_replayed_batch_publishes_the_same_bytes_and_decides_nothing_new", f"{_CRASH}[intake]"),
    ),
    Mutant(
        "fates_not_stored",
        "each record below a committed offset has a fate row",
        (Edit(RUNNER, "kept = await self._fates.record(fates)", "kept = fates"),),
        (f"{_RUNNER}test_every_record_of_a_batch_gets_exactly_one_fate",),
    ),
    Mutant(
        "fates_after_publishing",
        "fates are stored before anything is published",
        (
            Edit(RUNNER, "kept = await self._fates.record(fates)", "kept, self._late = fates, fates"),
            Edit(
                RUNNER,
                '        self._timed("publish", started)\n',
                '        await self._fates.record(self._late)\n        self._timed("publish", started)\n',
            ),
        ),
        (f"{_RUNNER}test_a_fate_is_stored_before_anything_of_its_record_is_sent", f"{_RIVALS}[intake]"),
    ),
    Mutant(
        "fates_after_commit",
        "no offset is committed before the fates of its records are stored",
        (
            Edit(
                RUNNER,
                "kept = await self._fates.record(fates)",
                "kept = fates\n        self.late = (self._fates, fates)",
            ),
            Edit(
                LOOP,
                "                await self._source.commit(piece.next_offsets())\n",
                "                await self._source.commit(piece.next_offsets())\n"
                "                await self._runner.late[0].record(self._runner.late[1])\n",
            ),
        ),
        (f"{_CRASH}[scoring]",),
    ),
    Mutant(
        "head_before_companions",
        "a decision that names others is stored after them",
        (
            Edit(
                DECIDING,
                "        await keep([_row(draft, item, policy, at_us) for item, drafts in decided "
                "for draft in drafts[1:]])\n        heads = [",
                "        heads = [",
            ),
            Edit(
                DECIDING,
                "            if len(drafts) == 1 or all(_carries(stored[draft.key], draft, item, drafts[0]) "
                "for draft in drafts[1:])\n        ]\n        await keep(heads)\n",
                "        ]\n        await keep(heads)\n"
                "        await keep([_row(draft, item, policy, at_us) for item, drafts in decided "
                "for draft in drafts[1:]])\n",
            ),
        ),
        (f"{_TWO}test_what_two_instances_decide_otherwise_on_one_record_is_never_mixed", f"{_CRASH}[payments]"),
    ),
    Mutant(
        "words_of_two_instances_mixed",
        "a row that another instance wrote for the same record in other words is no part of our decision",
        (Edit(DECIDING, "== item.record.origin and row.state == draft.state", "== item.record.origin"),),
        (f"{_TWO}test_what_two_instances_decide_otherwise_on_one_record_is_never_mixed",),
    ),
    Mutant(
        "one_wave",
        "two records of one subject in a batch are decided one after the other",
        (Edit(DECIDING, "        if item.subject != NOBODY:\n", "        if False:\n"),),
        (
            f"{_RUNNER}test_a_lower_revision_after_a_higher_is_late",
            "tests/unit/intake/test_stage.py"
            "::test_other_content_under_a_known_revision_conflicts_also_within_one_batch",
        ),
    ),
    Mutant(
        "own_fate_believed",
        "where another instance stored the fate first, its fate is what is answered",
        (Edit(RUNNER, "            if stored is not given and stored != given\n", "            if False\n"),),
        ("tests/unit/stage/test_publishing.py::test_a_fate_that_another_instance_wrote_first_is_what_is_answered",),
    ),
    Mutant(
        "decision_not_adopted",
        "a decision that stands is published although the fate was stored without it",
        (Edit(FATES, "await self._store.insert(ADOPTED, rows)", "rows.clear()"),),
        (f"{_TWO}test_a_decision_is_published_although_the_instance_that_was_first_with_the_fate_saw_none",),
    ),
    Mutant(
        "another_kafka_unnoticed",
        "other bytes at a known offset stop the consumer",
        (Edit(FATES, "if fate is not None and fate.digest != digest_of(record):", "if False:"),),
        (f"{_RUNNER}test_other_bytes_at_a_known_offset_stop_the_consumer",),
    ),
    Mutant(
        "trace_by_chance",
        "the trace of an event is derived from its id, so that a replay sends the same headers",
        (
            Edit(
                "shared/envelope.py",
                'return f"00-{incoming[3:35]}-{event[:8]}{event[9:13]}{event[14:18]}-{incoming[53:55]}"',
                'import secrets\n    return f"00-{incoming[3:35]}-{secrets.token_hex(8)}-{incoming[53:55]}"',
            ),
        ),
        (f"{_CRASH}[scoring]", "tests/unit/test_envelope.py"),
    ),
    Mutant(
        "answer_hides_the_state",
        "an answer about a submission never changes the application's state",
        (
            Edit(
                "shared/overall.py",
                '    lines = [line for line in lines if line.about == "application"]\n    if not lines:',
                "    lines = list(lines)\n    if not lines:",
            ),
            Edit("shared/overall.py", '        if line.about != "application":\n            continue\n', ""),
        ),
        ("tests/unit/notify/test_view.py::test_an_answer_about_a_submission_never_hides_what_was_decided",),
    ),
)
