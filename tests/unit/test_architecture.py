"""The import directions of docs/architecture.md hold, and the realm file is what the template and brands make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from area_clienti.realm import render_realm_file
from domain.brands import load_brands

PROJECT = Path(__file__).resolve().parents[2]


def test_imports_go_only_in_the_allowed_directions() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_of_ours_is_under_the_import_rules() -> None:
    # What tries the product out may use all of it, and is no part of it.
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert packages == {"adapters", "area_clienti", "domain", "provisioning", "sms_gateway_bridge"}
    assert all(f'"{package}"' in pyproject.split("root_packages", 1)[1].splitlines()[0] for package in packages)


def test_the_realm_file_is_rendered_from_the_template_and_the_brand_files() -> None:
    keycloak = PROJECT / "keycloak"
    rendered = render_realm_file(keycloak / "realm-template.json", load_brands().values())
    assert (keycloak / "realm-export.json").read_text(encoding="utf-8") == rendered, "run `make realm`"
