"""Keycloak from its own distribution: fetched from Maven Central by pinned checksum, built once with our extension.

A build is kept under a name derived from everything that goes into it, so a changed extension makes a new build and an
unchanged one starts at once. Every stack runs on hard links of a build, with its own ``data`` folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from area_clienti.brand_folders import write_password_blacklists
from area_clienti.errors import AreaClientiError, BuildError
from area_clienti.layout import Layout
from area_clienti.stamps import write_stamp

VERSION = "26.7.4"
SHA256 = "a286e98b4296d4e75ee88d8527c7cd463b307caa022f088c9f22cffccc741fa1"
_MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
# One node on one machine: no cluster transport, which would listen on every address.
BUILD_OPTIONS = (
    "--cache=local",
    "--health-enabled=true",
    "--metrics-enabled=true",
    # What nobody here uses is not there to be attacked: other grants, other protocols, signing in as a customer.
    "--features-disabled=ciba,device-flow,identity-brokering-api,impersonation,jwt-authorization-grant,kerberos,"
    "kubernetes-service-accounts,organization,token-exchange-standard,twitter-broker",
    "--spi-login-protocol--saml--enabled=false",
)
# Which database Keycloak works with is settled when it is built; the embedded one needs nothing else.
EMBEDDED, POSTGRESQL = "dev-file", "postgres"
_POSTGRESQL_SETTINGS = ("KC_DB_URL", "KC_DB_USERNAME", "KC_DB_PASSWORD")


def chosen_database(environment: Mapping[str, str] = os.environ) -> str:
    """Keycloak's database, by ``KC_DB``: embedded, or PostgreSQL. Raises `AreaClientiError`."""
    database = environment.get("KC_DB") or EMBEDDED
    if database not in (EMBEDDED, POSTGRESQL):
        raise AreaClientiError(f"KC_DB must be {POSTGRESQL}, or {EMBEDDED} for the embedded database.")
    return database


def check_database_settings(environment: Mapping[str, str] = os.environ) -> None:
    """Raise `AreaClientiError` when what Keycloak needs to reach PostgreSQL is not all set."""
    if chosen_database(environment) == POSTGRESQL:
        for name in _POSTGRESQL_SETTINGS:
            if not environment.get(name):
                raise AreaClientiError(f"{name} is not set: with KC_DB={POSTGRESQL} Keycloak needs it.")


def build_extension(layout: Layout) -> None:
    """Build the extension's jar with Maven unless the jar that stands was built from these very sources."""
    stamp = _extension_stamp(layout)
    sources = _digest(_extension_sources(layout.provider_module))
    if _jar_digest(layout) is not None and _read_lines(stamp) == [sources, _jar_digest(layout)]:
        return
    command = ["mvn", "--batch-mode", "--quiet", "-DskipTests", "package"]
    run_logged(command, layout, "extension-build.log", cwd=layout.provider_module)
    write_stamp(stamp, f"{sources}\n{_jar_digest(layout)}\n")


def distribution_archive(layout: Layout) -> Path:
    """Keycloak's zip, fetched if need be, its checksum verified.

    Raises `BuildError` when it cannot be fetched or is not the pinned file.
    """
    archive = layout.cache / f"keycloak-quarkus-dist-{VERSION}.zip"
    if not archive.exists():
        artifact = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
        command = ["mvn", "--batch-mode", "--quiet", _MAVEN_COPY, artifact, f"-DoutputDirectory={layout.cache}"]
        run_logged(command, layout, "keycloak-download.log")
        with archive.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SHA256:
            archive.unlink()
            raise BuildError(f"Keycloak's archive has the checksum {found}, not the pinned one: it was thrown away.")
    return archive


def built_distribution(layout: Layout) -> Path:
    """A Keycloak home built with our extension and options; builds it when there is none for the present sources."""
    database = chosen_database()
    current = {each: _build_home(layout, each) for each in (EMBEDDED, POSTGRESQL)}
    home = current[database]
    if home.exists():
        return home
    for old in layout.cache.glob("keycloak-*-*"):
        if old.is_dir() and old not in current.values():
            shutil.rmtree(old)
    building = layout.cache / "keycloak-building"
    shutil.rmtree(building, ignore_errors=True)
    unzip(distribution_archive(layout), building)
    unpacked = building / f"keycloak-{VERSION}"
    shutil.copy(layout.provider_jar, unpacked / "providers")
    options = [f"--db={database}", *BUILD_OPTIONS]
    run_logged([str(unpacked / "bin" / "kc.sh"), "build", *options], layout, "keycloak-build.log")
    shutil.rmtree(unpacked / "data", ignore_errors=True)
    unpacked.rename(home)
    building.rmdir()
    return home


def _build_home(layout: Layout, database: str) -> Path:
    sources = _read_lines(_extension_stamp(layout))[0]
    parts = [SHA256, sources, f"--db={database}", *BUILD_OPTIONS]
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return layout.cache / f"keycloak-{VERSION}-{name}"


def prepare_home(layout: Layout) -> None:
    """This stack's Keycloak home: links to the build, its own data, realm file, themes and password blacklist."""
    build = built_distribution(layout)
    home, data = layout.keycloak_home, layout.run / "keycloak-data"
    marker = home / "build.txt"
    if not marker.exists() or marker.read_text() != build.name:
        shutil.rmtree(home, ignore_errors=True)
        # What a running Keycloak writes (data, themes) is not linked, so stacks never share a writable file.
        shutil.copytree(build, home, copy_function=os.link, ignore=shutil.ignore_patterns("data", "themes"))
        write_stamp(marker, build.name)
        data.mkdir(parents=True, exist_ok=True)
        (home / "data").symlink_to(data, target_is_directory=True)
    themes = home / "themes"
    themes.unlink(missing_ok=True)
    themes.symlink_to(layout.themes, target_is_directory=True)
    (data / "import").mkdir(parents=True, exist_ok=True)
    shutil.copy(layout.realm_file, data / "import")
    write_password_blacklists(layout, data / "password-blacklists")


def run_logged(command: list[str], layout: Layout, log_name: str, cwd: Path | None = None) -> None:
    """Run a build step, its output in a log. Raises `BuildError` naming the log and its last telling line."""
    layout.cache.mkdir(parents=True, exist_ok=True)
    log = layout.cache / log_name
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
        hint = lines[0].strip() if lines else "no error line"
        raise BuildError(f"{Path(command[0]).name} failed ({hint}); the whole output is in {log}.")


def unzip(archive: Path, target: Path) -> None:
    """Unpack a zip with its files' modes, which zipfile leaves out."""
    with zipfile.ZipFile(archive) as zipped:
        for member in zipped.infolist():
            path = Path(zipped.extract(member, target))
            mode = member.external_attr >> 16
            if mode and path.is_file():
                path.chmod(mode)  # zipfile does not restore the execute bit of kc.sh


def _extension_stamp(layout: Layout) -> Path:
    """Two lines: the checksum of the sources, and of the jar that Maven made from them."""
    return layout.cache / "extension.sha256"


def _read_lines(stamp: Path) -> list[str]:
    return stamp.read_text("utf-8").splitlines() if stamp.exists() else []


def _jar_digest(layout: Layout) -> str | None:
    return _digest(iter([layout.provider_jar])) if layout.provider_jar.exists() else None


def _extension_sources(module: Path) -> Iterator[Path]:
    yield module / "pom.xml"
    yield from sorted(path for path in (module / "src" / "main").rglob("*") if path.is_file())


def _digest(files: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.name).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
