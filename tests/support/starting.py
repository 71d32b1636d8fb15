"""Starts a part with one environment after the other, as `python -m MODULE` would, and imports its libraries once.

One process has read the libraries; every start is a fork of it, so none sees what another left.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_LIMIT_S = 60
_PROJECT = Path(__file__).resolve().parents[2]


def started(module: str, environments: Sequence[Mapping[str, str]], cwd: Path = _PROJECT) -> list[tuple[int, str]]:
    """Start the part with each environment; exit code and output of each, -14 for one still running after a minute."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, module],
        input=json.dumps(list(environments)),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    return [(code, output) for code, output in json.loads(done.stdout)]


def _start(module: str, environment: Mapping[str, str], output: int) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(output, 1)
    os.dup2(output, 2)
    signal.alarm(_LIMIT_S)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module]
    code: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)  # noqa: T201
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _main() -> None:
    module = sys.argv[1]
    run = f"{module}.__main__" if importlib.import_module(module).__spec__.submodule_search_locations else module  # type: ignore[union-attr]
    importlib.import_module(run)
    # Read, with all that it imports, but to be run afresh each time.
    del sys.modules[run]
    answers = []
    for environment in json.load(sys.stdin):
        with tempfile.TemporaryFile() as output:
            code = _start(module, environment, output.fileno())
            output.seek(0)
            answers.append((code, output.read().decode()))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
