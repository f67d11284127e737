"""``docs/topics.md``, from the one list of topics. ``python -m shared.topics_page`` prints it."""

import sys
from collections.abc import Iterable

from shared import topics
from shared.topics import Topic

SOURCE, PROVIDER = "<source>", "<provider>"


def page() -> str:
    """The page, with ``<source>`` and ``<provider>`` for the codes that policy declares."""
    every = topics.all_topics([SOURCE], [PROVIDER])
    letters = [topic for topic in every if topic.read_by == ("operators",)]
    events = [topic for topic in every if topic not in letters]
    return f"""# Topics

Each has {topics.PARTITIONS} partitions, one number along the whole chain that never changes, and keeps records for
{topics.RETENTION_HOURS // 24} days. Timestamps are the broker's (`LogAppendTime`). A value may have
{topics.INNER_MAX_BYTES:,} bytes, and {topics.OUTSIDE_MAX_BYTES:,} where outsiders write; these topics are stored
uncompressed, so that the limit counts real bytes. No topic is compacted.

`{SOURCE}` and `{PROVIDER}` stand for each code that policy declares. `dsr topics list` shows a deployment's own,
`dsr topics create` makes those that are missing. What their records hold is in `docs/contracts/`, and all of it for
machines in `docs/asyncapi.yaml`.

| topic | key | message types | written by | read by | from outside |
|---|---|---|---|---|---|
{_rows(events)}

## Dead letters

Records that a consumer group could not read, under their own key, with the reason in the header `dlq_reason`.

| topic | written by |
|---|---|
{_letters(letters)}

This page is made from `shared/topics.py` by `python -m shared.topics_page`.
"""


def _rows(every: Iterable[Topic]) -> str:
    return "\n".join(
        f"| `{topic.name}` | {topic.key} | {_names(topic.message_types)} | {', '.join(topic.written_by)} | "
        f"{', '.join(topic.read_by)} | {'yes' if topic.outside else ''} |"
        for topic in every
    )


def _letters(every: Iterable[Topic]) -> str:
    return "\n".join(f"| `{topic.name}` | {', '.join(topic.written_by)} |" for topic in every)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(page())
