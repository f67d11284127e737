"""Runs ``dsr`` again and again, each time in a process of its own that is forked from one which has imported it.

What a command imports costs a second of a core each time; a test that types forty of them would spend most of its time
on that. A line of stdin is a JSON object with ``words``, ``environment``, ``folder``, ``out`` and ``err`` (files); a
line of stdout is the exit code.
"""

import importlib
import os
import sys

import orjson

from services.cli import main

for _module in ("services.payments.cli", "sandbox.cli"):
    importlib.import_module(_module)


def _become(told: dict[str, object]) -> None:
    """Be the command, to the end of this process."""
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(str(told[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.chdir(str(told["folder"]))
    environment, words = told["environment"], told["words"]
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    os.environ.update(environment)
    sys.argv = ["dsr", *words]
    main()


for line in sys.stdin.buffer:
    child = os.fork()
    if child == 0:
        _become(orjson.loads(line))
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
    sys.stdout.flush()
