"""Running docker-compose.yml for the tests: its environment, its certificate, and commands on the running stack."""

from __future__ import annotations

import datetime
import importlib.util
import ipaddress
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from area_clienti.secrets_file import production_environment
from provisioning.demo import DEMO_DELIVERY
from tests.docker import engine
from tests.docker.catcher import GATEWAY_PATH, HTTPS_PORT, SMTP_PORT, SMTPS_PORT
from tests.support.brands import EVERY_BRAND, THIRD_BRAND, THIRD_BRAND_DELIVERY
from tests.support.stack import PROJECT

START_LIMIT_S = 1800
FILES = [str(PROJECT / f"docker-compose{kind}.yml") for kind in ("", ".mail", ".test")]
# Where docker-compose.yml mounts AUTHORITIES_FOLDER.
_AUTHORITY = "/etc/area-clienti/authorities/authority.pem"


def compose_command() -> str | None:
    """The compose command of this machine, the plugin before the older program; None when there is neither."""
    plugin = shutil.which("docker") and subprocess.run(
        ["docker", "compose", "version"], capture_output=True, check=False
    )
    if plugin and plugin.returncode == 0:
        return "docker compose"
    return "docker-compose" if shutil.which("docker-compose") else None


def environment_file(folder: Path, ports: Mapping[str, int]) -> Path:
    """Write an environment file as `area-clienti secrets` makes it, filled in for this machine, and a certificate.

    Portal and Keycloak have different hosts, as in production: two names of this machine.
    """
    lines = production_environment(list(EVERY_BRAND)).splitlines()
    relay_user, relay_password = "area-clienti", secrets.token_urlsafe(24)
    login = f"{relay_user}:{relay_password}"
    filled = {
        "PORTAL_PUBLIC_URL": f"https://localhost:{ports['https']}",
        "KEYCLOAK_PUBLIC_URL": f"https://127.0.0.1:{ports['https']}",
        "KEYCLOAK_ADMIN_URL": f"https://localhost:{ports['admin']}",
        "SMS_BRIDGE_SMTP_URL": f"smtps://{login}@catcher:{SMTPS_PORT}",
        "SMS_BRIDGE_SMTP_FROM": "noreply@relay.invalid",
        "SMS_BRIDGE_SMTP_CA_FILE": _AUTHORITY,
        "SMS_BRIDGE_SMS_GATEWAY_SECRET": secrets.token_urlsafe(32),
        "SMS_GATEWAY_FILE": str(folder / "sms-gateway.toml"),
        "AUTHORITIES_FOLDER": str(folder / "authorities"),
        "KEYCLOAK_SMTP_HOST": "catcher",
        "KEYCLOAK_SMTP_PORT": str(SMTP_PORT),
        "KEYCLOAK_SMTP_FROM": "noreply@relay.invalid",
        "KEYCLOAK_SMTP_STARTTLS": "false",
        "KEYCLOAK_SMTP_AUTH": "true",
        "KEYCLOAK_SMTP_USER": relay_user,
        "KEYCLOAK_SMTP_PASSWORD": relay_password,
        "PUBLIC_ADDRESS": "127.0.0.1",
        "PUBLIC_HTTP_PORT": str(ports["http"]),
        "PUBLIC_HTTPS_PORT": str(ports["https"]),
        "ADMIN_PORT": str(ports["admin"]),
        "TEST_CATCHER": str(folder / "catcher"),
        "TEST_CATCHER_PORT": str(ports["catcher"]),
        "BRANDS_FOLDER": str(THIRD_BRAND.folder.parent.relative_to(PROJECT)),
        "PROXY_CERTIFICATES": str(folder / "certificates"),
        "AREA_CLIENTI_DELIVERIES": str(folder / "deliveries"),
        "AREA_CLIENTI_VERSION": "test",
        **(engine.base_images() or {}),
    }
    path = folder / "environment"
    kept = [line for line in lines if line.split("=", 1)[0] not in filled]
    path.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in filled.items())]) + "\n", encoding="utf-8")
    _write_certificate(folder / "certificates")
    (folder / "authorities").mkdir()
    shutil.copy(folder / "certificates" / "authority.pem", folder / "authorities")
    _write_gateway(folder / "sms-gateway.toml")
    _copy_catcher(folder / "catcher")
    shutil.copytree(DEMO_DELIVERY, folder / "deliveries" / "first")
    shutil.copytree(THIRD_BRAND_DELIVERY, folder / "deliveries" / "second")
    # The containers' users are others than this one.
    for part in (folder, *folder.rglob("*")):
        part.chmod(0o755 if part.is_dir() else 0o644)
    return path


def _write_gateway(path: Path) -> None:
    """The example's declaration, led to the catcher."""
    example = (PROJECT / "docs" / "sms-gateways" / "example.toml").read_text("utf-8")
    address, authority = f"https://catcher:{HTTPS_PORT}{GATEWAY_PATH}", f'ca_file = "{_AUTHORITY}"'
    changed = example.replace("https://sms.example/api/v1/messages", address)
    path.write_text(re.sub(r"^# ca_file = .*$", authority, changed, flags=re.MULTILINE), "utf-8")


def _copy_catcher(folder: Path) -> None:
    """The catcher's program, and the packages of this environment it runs on, which are Python and nothing else."""
    for name in ("catcher", "recognising"):
        (folder / "tests" / "docker").mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(__file__).with_name(f"{name}.py"), folder / "tests" / "docker")
    for package in ("aiosmtpd", "attr", "attrs", "public"):
        found = importlib.util.find_spec(package)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin).parent
        shutil.copytree(source, folder / package, ignore=shutil.ignore_patterns("__pycache__", "tests", "testing"))


@dataclass(frozen=True)
class Compose:
    """One compose project."""

    folder: Path
    environment: Path
    project: str

    @property
    def command(self) -> str:
        """The compose command with the environment file."""
        return f"{compose_command()} --env-file {shlex.quote(str(self.environment))}"

    @cached_property
    def values(self) -> dict[str, str]:
        """What the environment file says."""
        lines = (line.split("=", 1) for line in self.environment.read_text(encoding="utf-8").splitlines())
        return {pair[0]: pair[1].strip("'") for pair in lines if len(pair) == 2 and not pair[0].startswith("#")}

    def __call__(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a compose command on the project."""
        command = [*shlex.split(self.command), *(word for file in FILES for word in ("-f", file)), "-p", self.project]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, timeout=START_LIMIT_S
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def containers(self, service: str) -> list[str]:
        """Container ids of a service, the stopped ones, too."""
        label = f"label=com.docker.compose.service={service}"
        project = f"label=com.docker.compose.project={self.project}"
        return docker("ps", "--all", "--quiet", "--no-trunc", "--filter", project, "--filter", label).split()

    def health(self, service: str) -> list[str]:
        """Health (``healthy``, ``unhealthy``, ``starting``) of every container of a service that has a check."""
        return [inspect(one)["State"]["Health"]["Status"] for one in self.containers(service)]

    def wait_until_healthy(self, *services: str, limit_s: float = START_LIMIT_S) -> None:
        """Return once every container of these services (all that have a check by default) is healthy."""
        wanted = services or ("postgres", "keycloak", "bridge", "worker", "portal", "proxy")
        deadline = time.monotonic() + limit_s
        while True:
            states = {name: self.health(name) for name in wanted}
            if all(found and set(found) == {"healthy"} for found in states.values()):
                return
            if time.monotonic() > deadline:
                logs = self("logs", "--tail=30", *wanted, check=False).stdout
                raise AssertionError(f"not healthy after {limit_s:.0f} s: {states}\n{logs}")
            time.sleep(0.5)

    def run_job(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of `area-clienti` in the provisioning job's container."""
        return self("run", "--rm", "-T", "provisioning", *arguments, check=False)

    def break_glass(self, client_id: str, secret: str) -> None:
        """Make an administrator of the server, as docs/operations.md says."""
        os.environ["BREAK_GLASS_SECRET"] = secret
        command = ["bootstrap-admin", "service", "--optimized", "--no-prompt", "--client-id", client_id]
        self(
            "run",
            "--rm",
            "-T",
            "-e",
            "BREAK_GLASS_SECRET",
            "keycloak",
            *command,
            "--client-secret:env=BREAK_GLASS_SECRET",
        )

    def sql(self, database: str, statement: str) -> str:
        """Run SQL inside the database's container, as its superuser."""
        done = self.try_sql(database, statement, "postgres")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def try_sql(self, database: str, statement: str, user: str) -> subprocess.CompletedProcess[str]:
        """Run SQL as any role, with the password it really has."""
        password = self.values.get(f"{user.upper()}_DB_PASSWORD", "")
        host = [] if user == "postgres" else ["--host=127.0.0.1"]
        options = [f"--username={user}", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", f"--dbname={database}"]
        command = ["docker", "exec", "--env", "PGPASSWORD", self.containers("postgres")[0], "psql", *host, *options]
        return subprocess.run(
            [*command, f"--command={statement}"],
            env=os.environ | {"PGPASSWORD": password},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def docker(*arguments: str, check: bool = True) -> str:
    """Run a docker command; its output, both streams."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return (done.stdout + done.stderr).strip()


def inspect(thing: str) -> dict[str, Any]:
    """What the engine knows of a container or image."""
    return dict(json.loads(docker("inspect", thing))[0])


def _write_certificate(folder: Path) -> None:
    """A certificate of two names of this machine and the authority that signed it, for one run."""
    folder.mkdir(parents=True)
    now = datetime.datetime.now(datetime.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of one test run")])

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, *, is_authority: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        names = [x509.DNSName("localhost"), x509.DNSName("catcher"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return builder.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(
            authority_key, hashes.SHA256()
        )

    authority = signed(authority_name, authority_key.public_key(), is_authority=True)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = signed(name, key.public_key(), is_authority=False)
    encoding = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority.public_bytes(encoding))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    for file in folder.iterdir():
        file.chmod(0o644)
