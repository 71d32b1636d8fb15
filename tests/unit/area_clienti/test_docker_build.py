"""What goes into the images' build is enough to put their data together: shown without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.stack import PROJECT


def _copied(stages: tuple[str, ...]) -> list[tuple[str, str]]:
    """Source and target of each COPY from the build's context in these stages of the Dockerfile."""
    pairs, stage = [], ""
    for line in (PROJECT / "Dockerfile").read_text("utf-8").splitlines():
        words = line.split()
        if words[:1] == ["FROM"]:
            stage = words[-1]
        elif words[:1] == ["COPY"] and stage in stages and not words[1].startswith(("--", "$")):
            pairs += [(source, words[-1]) for source in words[1:-1]]
    return pairs


def _let_in(source: str) -> bool:
    """Whether .dockerignore, which begins by leaving everything out, lets a path in."""
    lines = (PROJECT / ".dockerignore").read_text("utf-8").splitlines()
    kept = [line[1:] for line in lines if line.startswith("!")]
    return any(source == one or source.startswith(f"{one}/") for one in kept)


def _build(folder: Path) -> Path:
    """The folder of the stage that assembles, as the Dockerfile's copies fill it."""
    left_out = shutil.ignore_patterns("__pycache__", "*.mo")
    for source, target in _copied(("packages", "assembled")):
        assert _let_in(source), f".dockerignore keeps {source} out"
        place = folder / target / ("" if (PROJECT / source).is_dir() else Path(source).name)
        if (PROJECT / source).is_dir():
            shutil.copytree(PROJECT / source, place, dirs_exist_ok=True, ignore=left_out)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / source, place)
    # The build takes these from another stage, where Maven has put them.
    webassets = Path("keycloak", "providers", "target", "webassets")
    shutil.copytree(PROJECT / webassets, folder / webassets)
    return folder


def test_the_images_data_is_assembled_from_what_the_build_is_given(tmp_path: Path) -> None:
    build, target, added = _build(tmp_path / "src"), tmp_path / "assembled", tmp_path / "brands"
    added.mkdir()
    command = [sys.executable, "-P", "-m", "area_clienti", "assemble", "--brands", str(added), str(target)]
    done = subprocess.run(
        command,
        cwd=build,
        env=os.environ | {"PYTHONPATH": str(build)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = (target / "realm-export.json").read_text("utf-8")
    assert made == (PROJECT / "keycloak" / "realm-export.json").read_text("utf-8")
    assert (target / "themes").is_dir()
