"""When the extension is built: for changed sources, and for a jar that is missing or not the one that was built."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from area_clienti.keycloak_distribution import build_extension
from area_clienti.layout import Layout
from area_clienti.stamps import write_stamp

# Stands in for Maven: the jar is what the source says, and every build leaves a line.
_MAVEN = """#!/bin/sh
mkdir -p target && cat src/main/Extension.java > target/area-clienti-keycloak.jar && echo built >> builds.log
"""


@dataclass(frozen=True)
class Module:
    """A Maven module with one source."""

    layout: Layout

    @property
    def source(self) -> Path:
        return self.layout.provider_module / "src" / "main" / "Extension.java"

    def builds(self) -> int:
        """How often Maven has run after one more request for the jar."""
        build_extension(self.layout)
        return len((self.layout.provider_module / "builds.log").read_text().splitlines())


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text(_MAVEN)
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}{os.pathsep}{os.environ['PATH']}")
    made = Module(Layout(tmp_path, tmp_path / "cache", tmp_path / "run"))
    made.source.parent.mkdir(parents=True)
    made.source.write_text("first")
    (made.layout.provider_module / "pom.xml").write_text("<project/>")
    return made


def test_an_unchanged_extension_is_built_once(module: Module) -> None:
    assert [module.builds(), module.builds()] == [1, 1]


def test_a_changed_source_is_built(module: Module) -> None:
    module.builds()
    module.source.write_text("second")
    assert [module.builds(), module.builds()] == [2, 2]
    assert module.layout.provider_jar.read_text() == "second"


def test_a_missing_jar_is_built_again(module: Module) -> None:
    module.builds()
    module.layout.provider_jar.unlink()
    assert [module.builds(), module.builds()] == [2, 2]


def test_a_jar_of_other_sources_is_built_again(module: Module) -> None:
    module.builds()
    # As after a switch of versions back and forth: the sources are those of the stamp, the jar is not.
    module.layout.provider_jar.write_text("of another version")
    assert [module.builds(), module.builds()] == [2, 2]
    assert module.layout.provider_jar.read_text() == "first"


def test_a_stamp_is_replaced_and_never_written_into(module: Module, tmp_path: Path) -> None:
    module.builds()
    stamp = module.layout.cache / "extension.sha256"
    shared = tmp_path / "another-cache.sha256"
    os.link(stamp, shared)
    before = shared.read_text()
    module.source.write_text("second")
    module.builds()
    assert shared.read_text() == before != stamp.read_text()


def test_a_stamp_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "stamp"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_stamp(path, "\ud800")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["stamp"]
