"""The rows of statements: pieces as they came. A statement counts when all of its pieces are there."""

from typing import NamedTuple

from shared.store.port import Table


class StatementPiece(NamedTuple):
    """Piece ``piece`` of ``pieces`` of a provider's statement; ``digest`` is the whole file's, ``lines`` is JSON.

    ``statement`` is provider and reference. Days are ISO dates.
    """

    statement: str
    piece: int
    pieces: int
    digest: str
    provider: str
    reference: str
    begins: str
    ends: str
    lines: bytes
    by: str
    at_us: int


STATEMENTS: Table[StatementPiece] = Table("statement_pieces", StatementPiece, ("statement", "piece"))
TABLES = (STATEMENTS,)
