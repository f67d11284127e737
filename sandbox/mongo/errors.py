"""Why there is no server that speaks MongoDB's protocol."""

from shared.errors import DsrError

_INSTEAD = "or name a MongoDB for tests in DSR_TEST_MONGO_URL"


class MongoUnavailable(DsrError):
    """The server cannot be had or did not start; tests skip with this sentence."""


class GoMissing(MongoUnavailable):
    """There is no Go to build the server with."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(f"FerretDB is built by Go, and there is none on PATH: install Go 1.22 or newer, {_INSTEAD}.")


class MongoNotBuilt(MongoUnavailable):
    """Go could not build the server."""

    def __init__(self, output: str) -> None:
        self.output = output
        super().__init__(f"Go could not build FerretDB: check its output, {_INSTEAD}. It said:\n{output}")


class MongoDidNotStart(MongoUnavailable):
    """The server ended, or did not answer in time."""

    def __init__(self, tail: str) -> None:
        self.tail = tail
        super().__init__(f"FerretDB did not start: check what it wrote, {_INSTEAD}. It wrote last:\n{tail}")
