"""The stores: what a unique insert is, and what is on disk when it has been answered (design.md §5)."""

from tests.mutation.mutant import Edit, Mutant

SQLITE = "shared/store/sqlite.py"

_STORE = "tests/contract/test_store.py::"
_FILE = "tests/contract/test_store_sqlite.py::"
_YOUNG = "tests/contract/test_store_sqlite_young.py::"
_FIRST = f"{_STORE}test_the_first_writer_wins_and_the_second_is_told_the_first_row"

STORES = (
    Mutant(
        "sqlite_last_writer_wins",
        "in SQLite the first row under a key stays",
        (
            Edit(
                "shared/store/sqlite_schema.py",
                'f"INSERT {into} ON CONFLICT DO NOTHING"',
                'f"INSERT OR REPLACE {into}"',
            ),
        ),
        (f"{_FIRST}[sqlite]",),
    ),
    Mutant(
        "own_row_believed",
        "whoever inserts second reads back what is stored",
        (
            Edit(
                SQLITE,
                "        if inserted == len(rows):\n            return list(rows)\n",
                "        if True:\n            return list(rows)\n",
            ),
        ),
        (f"{_FIRST}[sqlite]",),
    ),
    Mutant(
        "young_rows_unseen",
        "a row that nothing but a key makes up is found, whichever of its two trees it stands in",
        (
            Edit(
                "shared/store/sqlite_schema.py",
                'return " UNION ".join(f"SELECT {columns} FROM {_quoted(tree)} {where}" for tree in trees(table))',
                'return f"SELECT {columns} FROM {_quoted(table.name)} {where}"',
            ),
        ),
        (f"{_YOUNG}test_two_stores_on_one_file_answer_as_one_tree_would",),
    ),
    Mutant(
        "found_twice",
        "a row that stands in both trees is one row",
        (Edit(SQLITE, "found = sorted(set(found))", "found = sorted(found)"),),
        (f"{_YOUNG}test_a_row_that_stands_in_both_trees_is_one_row",),
    ),
    Mutant(
        "lost_between_the_trees",
        "what leaves the young tree has gone into the old one",
        (Edit("shared/store/sqlite_young.py", "            connection.execute(aging.move, bounds)\n", ""),),
        (f"{_YOUNG}test_the_young_tree_stays_small_and_the_old_one_takes_all_the_rest",),
    ),
    Mutant(
        "synchronous_normal",
        "a row that was answered is on disk, also after a power cut",
        (Edit(SQLITE, '"synchronous=FULL"', '"synchronous=NORMAL"'),),
        (f"{_FILE}test_a_row_that_was_answered_is_on_disk_and_not_only_with_the_operating_system",),
    ),
    Mutant(
        "begin_deferred",
        "a transaction has the write lock from its start",
        (Edit(SQLITE, '"BEGIN IMMEDIATE"', '"BEGIN DEFERRED"'),),
        (f"{_FILE}test_a_transaction_has_the_write_lock_before_it_reads",),
    ),
    Mutant(
        "no_transaction",
        "of a batch either all rows are there or none",
        (
            Edit(SQLITE, '        connection.execute("BEGIN IMMEDIATE")\n', ""),
            Edit(SQLITE, '            connection.execute("COMMIT")\n', "            pass\n"),
        ),
        (f"{_FILE}test_without_room_the_store_is_away_and_goes_on_when_there_is_room_again",),
    ),
    Mutant(
        "locked_for_ever",
        "a store that another process holds locked for two seconds is away, and not broken",
        (Edit(SQLITE, "            raise meant from error\n", "            raise\n"),),
        (f"{_FILE}test_a_write_lock_held_for_longer_than_two_seconds_makes_the_store_away",),
    ),
    Mutant(
        "unconfirmed_duplicate",
        "in MongoDB a duplicate key counts as stored only where a majority has confirmed it",
        (
            Edit(
                "shared/store/mongo_errors.py",
                'return not details["writeConcernErrors"] and all(',
                "return all(",
            ),
        ),
        (
            "tests/integration/test_mongo_faults.py::test_a_duplicate_key_counts_as_stored_only_when_a_majority_has_confirmed",
        ),
    ),
    Mutant(
        "store_of_another_kafka",
        "a store serves the one Kafka that its rows came from",
        (Edit("shared/service/identity.py", "if kept.value != found:", "if False:"),),
        ("tests/unit/service/test_identity.py::test_another_kafka_than_at_the_first_start_is_refused",),
    ),
)
