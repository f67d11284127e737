"""What can go wrong with the Kafka that the sandbox runs or is given."""

from pathlib import Path

from shared.errors import DsrError


class JavaMissing(DsrError):
    """There is no Java to run Kafka with."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            "Kafka needs Java 17 or newer, and there is none: install it (Debian: openjdk-17-jre-headless), "
            "or name a Kafka that runs already in DSR_KAFKA=host:port."
        )


class KafkaMissing(DsrError):
    """Kafka's jars have not been fetched."""

    exit_code = 3

    def __init__(self, jars: Path) -> None:
        self.jars = jars
        super().__init__(f"Kafka's jars are not in {jars}: run `make setup`, which fetches them.")


class FolderInUse(DsrError):
    """Another Kafka works on the same data; two would damage them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"Another Kafka runs on the data folder {folder}: stop that one, or name another folder.")


class KafkaDidNotStart(DsrError):
    """The local Kafka ended, or did not answer in time, while it was started."""

    def __init__(self, what: str, log: Path, tail: str) -> None:
        self.log = log
        self.tail = tail
        indented = "\n".join(f"    {line}" for line in tail.splitlines()) or "    (it wrote nothing)"
        super().__init__(
            f"The local Kafka {what}. It wrote last:\n{indented}\n"
            f"The whole log is {log}. A damaged data folder can be deleted: Kafka then starts empty."
        )


class KafkaNotAnswering(DsrError):
    """No Kafka answered at an address within the time given."""

    def __init__(self, bootstrap: str, seconds: float) -> None:
        self.bootstrap = bootstrap
        self.seconds = seconds
        super().__init__(
            f"No Kafka answered at {bootstrap} within {seconds:g} seconds: start it, or correct DSR_KAFKA."
        )
