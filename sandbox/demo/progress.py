"""What is shown while a demo runs: a line for each stage that fills as applications pass it."""

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.demo.board import Board

STAGES = ("intake", "scoring", "dedup", "enrolment", "payments")


class Display:
    """A live display on a terminal; elsewhere one line for each phase."""

    def __init__(self, console: Console, expected: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks = {name: self._progress.add_task(name, total=expected, note="") for name in ("submitted", *STAGES)}

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._progress.stop()

    def phase(self, sentence: str) -> None:
        """Say what happens now."""
        self._console.print(sentence)

    def sent(self) -> Callable[[int], None]:
        """To be told how many records were sent."""
        return lambda count: self._progress.update(self._tasks["submitted"], completed=count)

    def show(self, board: Board) -> None:
        """Bring the bars up to the board; each counts applications of which that stage has said something."""
        for stage in STAGES:
            self._progress.update(self._tasks[stage], completed=len(board.reached[stage]))
