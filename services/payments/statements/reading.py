"""Which format a statement file is in, and the statement in it."""

from hashlib import sha256

from services.payments.statements import camt054, csv_file, mt940_file
from services.payments.statements.lines import Statement, StatementUnreadable, text_of


def read_statement(content: bytes) -> Statement:
    """The statement in a file, whole or not at all; raises ``StatementUnreadable``."""
    head = text_of(content).lstrip()
    if not head:
        raise StatementUnreadable("it is empty")
    if head.startswith("<"):
        statement = camt054.read(content)
    elif head.startswith(("{1:", ":20:")):
        statement = mt940_file.read(content)
    else:
        statement = csv_file.read(content)
    if not statement.reference or statement.begins > statement.ends:
        raise StatementUnreadable("it has no reference, or ends before it begins")
    return statement


def digest_of(content: bytes) -> str:
    """What makes a file the same file."""
    return sha256(content).hexdigest()
