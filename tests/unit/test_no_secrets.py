"""No secret in git (SECURITY C1): detect-secrets' detectors over every tracked file, with a reason for what they find.

The keyword detector is left out: it finds every sentence about a password. Generated keys are what is looked for.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

ROOT = Path(__file__).resolve().parents[1].parent
_KEY_SHAPED = (Base64HighEntropyString(limit=4.5), HexHighEntropyString(limit=3.0))
_KNOWN_SHAPES = (
    *(AWSKeyDetector(), AzureStorageKeyDetector(), BasicAuthDetector(), GitHubTokenDetector(), JwtTokenDetector()),
    *(PrivateKeyDetector(), SlackDetector(), TwilioKeyDetector()),
)
# Hashes of packages: as many as there are packages, and each public.
_LOCKS = {"requirements.lock", "requirements-dev.lock"}
# What is found and is no secret: file, how the value begins, why.
_ALLOWED = {
    ("area_clienti/keycloak_distribution.py", "a286e98b", "checksum of Keycloak's archive"),
    ("provisioning/demo/delivery/manifest.json", "", "checksums of the demo delivery's files"),
    ("tests/data/third_brand/delivery/manifest.json", "", "checksums of that delivery's files"),
    ("tests/docker/test_containers.py", "changeme", "a placeholder that must be refused"),
    ("tests/docker/test_public_port.py", "Zq3vT9wXk2", "made up for that test"),
    ("tests/unit/test_no_secrets.py", "", "what the scan is tried on"),
    ("tests/unit/bridge/test_nothing_at_rest.py", "0af7651916cd43dd", "trace id of the W3C's example"),
    ("tests/vectors/signatures.json", "whsec_AAECAwQFBgcICQ", "vector: the bytes 0 to 31"),
    ("tests/vectors/signatures.json", "AAECAwQFBgcICQ", "vector: the bytes 0 to 31"),
    ("tests/vectors/signatures.json", "whsec_ZGVmZ2hpamtsbW", "vector: the bytes 100 to 131"),
    ("keycloak/providers/src/test/java/it/areaclienti/keycloak/bridge/", "whsec_AAECAwQFBgcICQ", "the same vector"),
    ("keycloak/providers/src/test/java/it/areaclienti/keycloak/headers/", "sha256-qznLcsROx4", "the CSP's own example"),
    ("tests/unit/bridge/test_configuration.py", "w%C3%B6rd", "a password that cannot be used"),
}
# Words that stand for a password in the form of an address: whoever reads one knows that it is none.
_PLACEHOLDERS = re.compile(r"secret|password|\{password\}|portal|canary(-\d)?")


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and Path(name).name not in _LOCKS]


def found_in(name: str, text: str) -> Iterator[tuple[str, int, str]]:
    """File, line and value of all that looks like a key."""
    for number, line in enumerate(text.splitlines(), 1):
        for detector in _KNOWN_SHAPES:
            for value in detector.analyze_string(line):
                yield name, number, value
        for entropy in _KEY_SHAPED:
            for value in entropy.analyze_string(line):
                if len(value) >= 20 and entropy.calculate_shannon_entropy(value) > entropy.entropy_limit:
                    yield name, number, value


def _is_allowed(name: str, value: str) -> bool:
    # In a test, too short for any key of ours: the password of an address that leads nowhere.
    if _PLACEHOLDERS.fullmatch(value) or (name.startswith("tests/") and len(value) < 12):
        return True
    return any(name.startswith(file) and value.startswith(start) for file, start, _reason in _ALLOWED)


def test_no_tracked_file_holds_a_secret() -> None:
    found = []
    for name in _tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [(file, line) for file, line, value in found_in(name, text) if not _is_allowed(file, value)]
    assert found == []


def test_the_scan_finds_what_it_is_for() -> None:
    from area_clienti.secrets_file import _fresh

    for name, value in _fresh(["generali"]).items():
        if not name.startswith("REALM_ADMIN_PASSWORD"):
            assert list(found_in("x", f'{name} = "{value}"')) or name == "SMS_BRIDGE_PROOF_KEYS", name
    assert list(found_in("x", "-----BEGIN PRIVATE KEY-----"))
    assert list(found_in("x", '"d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"'))
    assert list(found_in("x", "postgresql://area:hunter2@db/area"))
    assert not list(found_in("x", '"secret": "${PORTAL_CLIENT_SECRET_GENERALI}"'))


def test_no_secrets_file_is_tracked() -> None:
    names = [Path(name).name for name in _tracked()]
    assert not [name for name in names if name.endswith((".env", ".pem", ".key", ".p12", ".jks")) or name == ".env"]
