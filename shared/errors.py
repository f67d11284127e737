"""The root of every error that this project raises on purpose."""


class DsrError(Exception):
    """An error that ends as a sentence a person can act on: ``str(error)`` is that sentence.

    Subclasses carry their data as attributes and never personal data in the sentence. A command that ends
    with one prints the sentence to stderr and exits with ``exit_code``; no traceback.
    """

    exit_code: int = 1
