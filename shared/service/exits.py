"""How a process of ours ends: an exit code that a script can tell apart, and a sentence, never a traceback."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import structlog

from shared.errors import DsrError
from shared.observability import logs
from shared.observability.tracebacks import name_of

OK, FAILED, USAGE, MISSING, STOPPED, UNDECIDED = 0, 1, 2, 3, 4, 5
INTERRUPTED = 130

MEANINGS = {
    OK: "done",
    FAILED: "refused or failed; the sentence says why",
    USAGE: "wrong usage, setting, policy or key file; nothing was started",
    MISSING: "something that is needed is not there: Kafka, the store, a service, a program",
    STOPPED: "stopped to keep data safe: another Kafka than the store's, or records lost; a person must look",
    UNDECIDED: "asked for, but not decided in the time waited; it may still be",
    INTERRUPTED: "interrupted",
}
"""What each exit code of a service or of ``dsr`` means."""


def guarded(work: Callable[[], None]) -> NoReturn:
    """Do ``work`` and end the process. Whatever it raises, a person sees a sentence; the log has the place."""
    if not structlog.is_configured():  # structlog's own way would print the values of local variables
        logs.configure()
    try:
        work()
    except DsrError as error:
        _tell(str(error), error.exit_code)
    except (KeyboardInterrupt, asyncio.CancelledError):
        _tell("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush to it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except OSError as error:
        logs.get(__name__).error("The operating system refused", exc_info=error)
        where = f" ({error.filename})" if error.filename else ""
        _tell(f"The operating system refused: {error.strerror or name_of(error)}{where}.", FAILED)
    except Exception as error:
        logs.get(__name__).error("Ended by an unexpected error", exc_info=error)
        _tell(
            f"This ended by a defect of the program ({name_of(error)}); the log has the place. Please report it.",
            FAILED,
        )
    sys.exit(OK)


def _tell(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)
