"""A Docker engine of the tests' own, and stand-ins for the public base images, where there is neither.

``python -m tests.docker.engine start|images|stop``, as root on Debian with the packages docker.io, docker-compose and
debootstrap. The engine keeps everything below ``var/engine`` and listens on a socket there; it changes no firewall
rule, so containers reach each other and nothing else.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from area_clienti import keycloak_distribution
from area_clienti.layout import PROJECT, Layout

ENGINE = PROJECT / "var" / "engine"
SOCKET = ENGINE / "docker.sock"
HOST = f"unix://{SOCKET}"
_PID = ENGINE / "dockerd.pid"
_BASES = Path(__file__).parent / "bases"
IMAGES = ("maven", "keycloak", "python", "proxy", "postgres")
_PACKAGES = (
    *("ca-certificates", "gettext-base", "maven", "nginx-light", "openjdk-17-jdk-headless", "postgresql-15"),
    *("python3", "python3-venv"),
)
_console = Console(stderr=True, soft_wrap=True)


def start() -> None:
    """Start the engine unless it answers already."""
    if _answers():
        return
    missing = [program for program in ("dockerd", "docker") if not shutil.which(program)]
    if missing or os.geteuid() != 0:
        sys.exit(f"The tests' own engine needs root and {', '.join(missing or ['nothing else'])}.")
    ENGINE.mkdir(parents=True, exist_ok=True)
    # A path of a socket has at most 107 characters.
    command = ["dockerd", "--iptables=false", "--ip6tables=false", "--storage-driver=overlay2", f"--host={HOST}"]
    command += [f"--data-root={ENGINE / 'data'}", f"--exec-root={ENGINE / 'exec'}", f"--pidfile={_PID}"]
    with (ENGINE / "dockerd.log").open("a") as log:
        subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    deadline = time.monotonic() + 60
    while not _answers():
        if time.monotonic() > deadline:
            sys.exit(f"The engine did not start; its log is {ENGINE / 'dockerd.log'}.")
        time.sleep(0.2)


def stop() -> None:
    """End the engine that `start` started, and wait for its end."""
    if not _PID.exists():
        return
    pid = int(_PID.read_text())
    os.kill(pid, signal.SIGTERM)
    while _PID.exists():
        time.sleep(0.2)


def images() -> None:
    """Make the stand-ins for the public base images; what stands and is current is kept."""
    layout = Layout.from_environment()
    context = ENGINE / "context"
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir(parents=True)
    if not _docker("images", "--quiet", "area-clienti-test/debian:local"):
        with _console.status("Making a Debian base image (once)"):
            _make_debian()
    with _console.status("Collecting what the builds would download"):
        _collect_maven(layout, ENGINE / "m2")
        _collect_wheels(ENGINE / "wheels")
        archive = keycloak_distribution.distribution_archive(layout)
        keycloak_distribution.unzip(archive, context)
        (context / f"keycloak-{keycloak_distribution.VERSION}").rename(context / "keycloak")
    for name in ("m2", "wheels"):
        shutil.copytree(ENGINE / name, context / name, copy_function=os.link)
    for file in _BASES.iterdir():
        shutil.copy(file, context)
    for name in IMAGES:
        with _console.status(f"Building the stand-in {name}"):
            _docker("build", "--quiet", "--target", name, "--tag", f"area-clienti-test/{name}:local", str(context))
    shutil.rmtree(context)


def base_images() -> dict[str, str] | None:
    """The arguments for docker-compose.yml that name the stand-ins; None where the engine has none.

    With ``AREA_CLIENTI_TEST_BASES=public`` nothing stands in: the engine fetches the public images itself.
    """
    if os.environ.get("AREA_CLIENTI_TEST_BASES") == "public":
        return {}
    stand_ins = {f"{name.upper()}_IMAGE": f"area-clienti-test/{name}:local" for name in IMAGES}
    command = ["docker", "image", "inspect", "--format", "{{.Id}}", *stand_ins.values()]
    return stand_ins if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


def _make_debian() -> None:
    root = ENGINE / "debian"
    if (root / "proc").is_mount():
        # A run before this one was ended half way.
        _run("umount", str(root / "proc"))
    shutil.rmtree(root, ignore_errors=True)
    _run("debootstrap", "--variant=minbase", "bookworm", str(root))
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    policy = root / "usr" / "sbin" / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends " + " ".join(_PACKAGES)
    # The Java packages read /proc while they are set up.
    _run("mount", "-t", "proc", "proc", str(root / "proc"))
    try:
        _run("chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", f"{install} && apt-get clean")
    finally:
        _run("umount", str(root / "proc"))
    _run("sh", "-c", f"tar -C '{root}' -c . | docker import - area-clienti-test/debian:local")
    shutil.rmtree(root)


def _collect_maven(layout: Layout, repository: Path) -> None:
    # A build of the extension with a repository of its own leaves there exactly what such a build needs.
    building = ENGINE / "extension"
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(layout.provider_module, building, ignore=shutil.ignore_patterns("target", "test"))
    options = ["--batch-mode", "--quiet", "-Dmaven.test.skip=true", f"-Dmaven.repo.local={repository}", "package"]
    _run("mvn", *options, cwd=building)
    shutil.rmtree(building)


def _collect_wheels(folder: Path) -> None:
    lock = PROJECT / "requirements.lock"
    options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes", "--no-deps"]
    # For the Python of the Debian image, whatever this one is.
    options += ["--python-version", "3.11", "--dest", str(folder), "-r", str(lock)]
    _run(sys.executable, "-m", "pip", "download", *options)


def _answers() -> bool:
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    return subprocess.run(command, env=_environment(), capture_output=True, check=False).returncode == 0


def _docker(*arguments: str) -> str:
    return _run("docker", *arguments)


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, env=_environment(), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:3])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    # The classic builder: Debian's packages bring no other.
    return os.environ | {"DOCKER_HOST": HOST, "DOCKER_BUILDKIT": "0"}


if __name__ == "__main__":
    {"start": start, "stop": stop, "images": images}[sys.argv[1]]()
