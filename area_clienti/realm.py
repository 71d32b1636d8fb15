"""The realm file: one template, one realm a brand.

Keycloak imports ``keycloak/realm-export.json``, an array with one realm a brand. Every rule of it stands once, in
``keycloak/realm-template.json`` and, for each other app of a brand, ``keycloak/app-client-template.json``; what differs
between brands is data of the brand file. ``${NAME}`` stays for Keycloak, which fills it from its environment at import;
``{{name}}`` is ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from domain.brands import App, Brand, variable_suffix

# Beside the realm's template: the client of one of the brand's other apps.
APP_TEMPLATE = Path(__file__).resolve().parents[1] / "keycloak" / "app-client-template.json"


def render_realm(template: str, brand: Brand) -> dict[str, Any]:
    """The realm of one brand, as Keycloak imports it.

    ``template`` is the text of the template file. Raises ``KeyError`` on a placeholder that is not a brand's value.
    """
    realm = _fill(template, _values(brand))
    realm["clients"] += [_app_client(app) for app in brand.apps]
    # Keycloak keeps the user profile as text inside its component: readable in the template, a string in the export.
    for component in realm["components"]["org.keycloak.userprofile.UserProfileProvider"]:
        profile = component["config"]["kc.user.profile.config"]
        component["config"]["kc.user.profile.config"] = [json.dumps(profile, ensure_ascii=False, separators=(",", ":"))]
    return realm


def _values(brand: Brand) -> dict[str, str]:
    return {
        "brand": brand.id,
        "BRAND": variable_suffix(brand.id),
        "display_name": brand.display_name,
        "reply_to": brand.reply_to or "",
        "theme": brand.id,
        "mobile_mask": brand.masks.mobile.value,
        "identifiers": ",".join(identifier.value for identifier in brand.sign_in_identifiers),
    }


def _app_client(app: App) -> dict[str, Any]:
    """A public client: sign-in with PKCE to the app's own addresses, up to level 2; operations are the portal's."""
    values = {"app": app.id, "app_name": app.name}
    return _fill(APP_TEMPLATE.read_text("utf-8"), values) | {"redirectUris": sorted(app.redirect_uris)}


def _fill(template: str, values: Mapping[str, str]) -> dict[str, Any]:
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    if "{{" in template:
        raise KeyError(f"unknown placeholder in the realm template: {template.split('{{', 1)[1].split('}}', 1)[0]}")
    filled: dict[str, Any] = json.loads(template)
    return filled


def render_realm_file(template_path: Path, brands: Iterable[Brand]) -> str:
    """The text of ``realm-export.json`` for ``brands``, in order of their ids."""
    template = template_path.read_text(encoding="utf-8")
    realms = [render_realm(template, brand) for brand in sorted(brands, key=lambda brand: brand.id)]
    return json.dumps(realms, indent=2, ensure_ascii=False) + "\n"
