"""Runs the Procfile's processes with honcho and ends them together."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from area_clienti.errors import AreaClientiError, StackError


class Supervisor:
    """Starts every process of a Procfile, runs one function when they are started, and blocks until all have ended.

    When one process ends, honcho ends the others. ``SIGINT``, ``SIGTERM`` and ``SIGHUP`` end all, so that no process is
    left behind by Ctrl-C or a closed terminal.
    """

    def __init__(self, procfile: Path, environments: Mapping[str, dict[str, str]], log: Path) -> None:
        self._log = log
        self._processes = dict(parse_procfile(procfile.read_text(encoding="utf-8")).processes)
        self._environments = environments
        self._failure: AreaClientiError | None = None
        self._asked_to_stop = False

    def run(self, when_started: Callable[[], None]) -> None:
        """Block until all processes have ended.

        Raises what ``when_started`` raised, or `StackError` when a process ended without being asked to.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8", buffering=1) as output:
            manager = Manager(_StartGate(output, len(self._processes), lambda: self._in_background(when_started)))
            for name, command in self._processes.items():
                manager.add_process(name, command, env=self._environments[name])
            signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
            manager.loop()
        if self._failure:
            raise self._failure
        if manager.returncode not in (130, 143):
            raise StackError(f"A process stopped by itself, so the others were ended; the log is {self._log}.")

    def _in_background(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except AreaClientiError as error:
                self._failure = error
                os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=guarded, name="after-start", daemon=True).start()


class _StartGate(Printer):  # type: ignore[misc]  # honcho has no type information
    """Honcho's printer, into a file; tells once when every process has been started.

    The work that follows needs a thread, and honcho forks: the thread must not exist before the last fork.
    """

    def __init__(self, output: object, processes: int, when_started: Callable[[], None]) -> None:
        super().__init__(output, colour=False)
        self._left = processes
        self._when_started = when_started

    def write(self, message: Message) -> None:
        super().write(message)
        if message.name == "system" and " started (pid=" in str(message.data):
            self._left -= 1
            if self._left == 0:
                self._when_started()
