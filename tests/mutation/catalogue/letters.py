"""Dead letters and the breaker: what may be put aside, when, and what must never be."""

from tests.mutation.mutant import Edit, Mutant

RUNNER = "shared/stage/runner.py"
PUBLISHING = "shared/stage/publishing.py"
BREAKER = "shared/stage/breaker.py"

_RUNNER = "tests/unit/stage/test_runner.py::"
_LOOP = "tests/unit/stage/test_loop.py::"
_LETTERS = "tests/unit/stage/test_letters.py::"
_CHECK = (
    "        if (why := self._too_many_dead(len(inputs) + dead, dead)) is not None:\n"
    "            raise BreakerTripped(why)\n"
)

LETTERS = (
    Mutant(
        "breaker_in_memory",
        "an open breaker is a row, and survives a restart",
        (
            Edit(
                BREAKER,
                "        (self._row,) = await self._store.insert(BREAKERS, [row])\n",
                "        self._row = row\n",
            ),
        ),
        (f"{_LOOP}test_an_open_breaker_writes_nothing_outlives_a_restart_and_is_closed_by_a_person_alone",),
    ),
    Mutant(
        "breaker_forgets_at_a_start",
        "a process judges its first records by what the one before it has read",
        (
            Edit(
                "shared/stage/loop.py",
                "                    await self._breaker.look_back(piece)\n",
                "                    pass\n",
            ),
        ),
        (f"{_LOOP}test_a_process_that_ends_before_it_has_read_enough_leaves_what_it_read_to_the_next",),
    ),
    Mutant(
        "pardon_ends_with_its_process",
        "the window that passes after a resume is counted from the resume, whoever reads it",
        (Edit(BREAKER, "            self._pardoned = max(0, window - len(known))\n", ""),),
        (f"{_LOOP}test_a_process_that_follows_a_resume_knows_how_much_of_the_window_may_pass_still",),
    ),
    Mutant(
        "breaker_after_the_letters",
        "the breaker looks before a single letter is sent",
        (
            Edit(RUNNER, _CHECK, ""),
            Edit(
                RUNNER,
                '        self._timed("publish", started)\n',
                f'        self._timed("publish", started)\n{_CHECK}',
            ),
        ),
        (f"{_RUNNER}test_the_breaker_looks_before_a_single_letter_is_written",),
    ),
    Mutant(
        "breaker_forgets_the_share",
        "few dead letters among many records open nothing",
        (Edit(BREAKER, "and letters > self._limits.share * total", ""),),
        (f"{_LOOP}test_a_few_dead_letters_among_many_records_open_nothing",),
    ),
    Mutant(
        "command_breaker",
        "the consumer of commands has no breaker, so that resume always gets through",
        (
            Edit(
                "shared/service/assembly.py",
                "(topics.command(on.stage),), None\n",
                "(topics.command(on.stage),), breaker_of(topics.COMMAND_GROUPS[on.stage])\n",
            ),
        ),
        ("tests/unit/service/test_assembly.py::test_no_breaker_stops_the_commands",),
    ),
    Mutant(
        "letters_before_decisions",
        "nothing is sent, not even a dead letter, before the decisions and fates of its batch are stored",
        (
            Edit(
                RUNNER,
                "        inputs, early = await self._replays.look_through(inputs, early)\n",
                "        inputs, early = await self._replays.look_through(inputs, early)\n"
                "        _, letters = await self._proposed(early)\n"
                "        await self._publisher.publish(list(letters.values()))\n",
            ),
        ),
        (f"{_RUNNER}test_a_fate_is_stored_before_anything_of_its_record_is_sent",),
    ),
    Mutant(
        "size_unchecked",
        "what an input would send is measured before anything is recorded",
        (
            Edit(
                PUBLISHING,
                "if outgoing.value is not None and len(outgoing.value) > topics.INNER_MAX_BYTES\n",
                "if False\n",
            ),
        ),
        (f"{_RUNNER}test_output_that_is_too_large_for_its_topic_makes_its_input_a_dead_letter_and_spares_the_others",),
    ),
    Mutant(
        "undelivered_not_kept",
        "that Kafka refused an output for good is a row, so that a replay says the same",
        (Edit(PUBLISHING, "        await self._store.insert(UNDELIVERED, rows)\n", ""),),
        (f"{_RUNNER}test_what_the_broker_refuses_is_found_by_halving_and_dead_lettered_now_and_on_replay",),
    ),
    Mutant(
        "no_bisecting",
        "of a refused batch only the culprit becomes a dead letter",
        (
            Edit(
                PUBLISHING,
                "            if len(bundles) == 1:\n                await self._give_up(bundles[0])\n",
                "            if bundles:\n                for bundle in bundles:\n"
                "                    await self._give_up(bundle)\n",
            ),
        ),
        (f"{_RUNNER}test_what_the_broker_refuses_is_found_by_halving_and_dead_lettered_now_and_on_replay",),
    ),
    Mutant(
        "missing_topic_blames_records",
        "a topic that is missing is nobody's dead letter",
        (
            Edit(
                PUBLISHING,
                "        except SendRefused:\n            self._observer",
                "        except (SendRefused, TopicRefused):\n            self._observer",
            ),
            Edit(
                PUBLISHING,
                "        except SendRefused:\n            if len",
                "        except (SendRefused, TopicRefused):\n            if len",
            ),
        ),
        ("tests/unit/stage/test_missing_topic.py::test_a_missing_topic_stops_the_consumer_and_nothing_is_given_up",),
    ),
    Mutant(
        "dead_letter_refused_in_silence",
        "a dead letter that Kafka refuses stops the consumer",
        (
            Edit(
                PUBLISHING,
                "        await self._send([self._instead(bundle.record, OUTPUT_REFUSED)])\n",
                "        try:\n            await self._send([self._instead(bundle.record, OUTPUT_REFUSED)])\n"
                "        except SendRefused:\n            return\n",
            ),
        ),
        (f"{_RUNNER}test_a_refused_dead_letter_is_not_lost_in_silence",),
    ),
    Mutant(
        "replay_believed",
        "that a record repeats another is believed only of the very same bytes",
        (Edit("shared/stage/replays.py", "            and fate.digest == digest_of(records[origin])\n", ""),),
        (f"{_LETTERS}test_a_record_that_lies_about_what_it_repeats_is_linked_to_nothing",),
    ),
    Mutant(
        "letter_decided_twice",
        "of two commands about a dead letter the first decides, and the other is refused",
        (
            Edit(
                "shared/stage/letters.py",
                "taken = [row for row in stored if row.command_id == event.command_id]",
                "taken = stored",
            ),
        ),
        (f"{_LETTERS}test_what_is_decided_about_a_letter_stands_and_a_second_command_is_refused_with_the_reason",),
    ),
)
