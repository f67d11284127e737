"""The dead-letter topics of one stage, read as letters."""

from collections.abc import AsyncIterator, Collection, Mapping

from shared.kafka.reading import read_topics
from shared.stage.deadletters import Letter, opened
from shared.stage.records import Origin, Record


class KafkaLetters:
    """Implements ``shared.stage.letters.Letters`` on a real Kafka."""

    def __init__(self, bootstrap: str, names: Mapping[str, str]) -> None:
        """``names`` are the dead-letter topics by the topic whose records they hold (``topics.letter_topics``)."""
        self._bootstrap, self._names = bootstrap, dict(names)

    async def read(self, of: Collection[str] = ()) -> AsyncIterator[Letter]:
        """See ``Letters.read``. A crash writes a letter twice, so of each origin only the first is given."""
        names = [letters for name, letters in self._names.items() if not of or name in of]
        seen: set[Origin] = set()
        async for item in read_topics(self._bootstrap, names):
            letter = opened(item) if isinstance(item, Record) else None
            if letter is not None and letter.origin not in seen:
                seen.add(letter.origin)
                yield letter
