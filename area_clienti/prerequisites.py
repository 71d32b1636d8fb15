"""What the machine must have before anything is built: a JDK and Maven (Python is running already)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from area_clienti.errors import PrerequisiteError

_LEAST_JDK = 17
_LEAST_MAVEN = (3, 8)


def check_build_tools() -> None:
    """Raise `PrerequisiteError` when the JDK or Maven is missing or too old."""
    _check_jdk()
    _check_maven()


def _check_jdk() -> None:
    home = os.environ.get("JAVA_HOME")
    javac = str(Path(home) / "bin" / "javac") if home else shutil.which("javac")
    if not javac or not Path(javac).exists():
        where = f"JAVA_HOME is {home}, which holds no JDK" if home else "There is no JDK on this machine"
        raise PrerequisiteError(f"{where}: install JDK {_LEAST_JDK} or newer, for example openjdk-17-jdk-headless.")
    version = re.search(r"(\d+)", _first_line(javac, "-version"))
    if not version or int(version.group(1)) < _LEAST_JDK:
        raise PrerequisiteError(f"The JDK is too old: install JDK {_LEAST_JDK} or newer, or point JAVA_HOME to one.")


def _check_maven() -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise PrerequisiteError("Maven is not installed: install Maven 3.8 or newer, for example the package maven.")
    version = re.search(r"Apache Maven (\d+)\.(\d+)", _first_line(maven, "--version"))
    if not version or (int(version.group(1)), int(version.group(2))) < _LEAST_MAVEN:
        raise PrerequisiteError("Maven is too old: install Maven 3.8 or newer.")


def _first_line(program: str, argument: str) -> str:
    done = subprocess.run([program, argument], capture_output=True, text=True, check=False)  # noqa: S603
    return next(iter((done.stdout + done.stderr).splitlines()), "")
