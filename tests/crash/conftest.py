"""Counts what was enumerated, and prints it at the end of the run."""

from collections.abc import Iterator

import pytest

LINE = "crash points"
"""The name under which a test's report carries a line, from whichever process the test ran in."""


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines for the summary."""
    lines: list[str] = []
    yield lines
    request.node.user_properties.extend((LINE, line) for line in lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each scene and kind of fault."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    lines = [
        str(line)
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, line in report.user_properties
        if name == LINE
    ]
    if lines:
        terminalreporter.section(LINE)
        for line in lines:
            terminalreporter.write_line(line)
