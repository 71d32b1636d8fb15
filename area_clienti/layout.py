"""Where things are: the project's folders, and the folders a running stack writes to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Layout:
    """Folders of one stack.

    ``cache`` holds what every stack shares and can be made again (Keycloak's distribution, built themes); ``run`` holds
    what belongs to one stack (databases, secrets, logs, ``endpoints.json``). ``brand_folders`` are brands from outside
    the project (`area_clienti.brand_folders`): a stack that has some keeps its own brand files, realm file and themes,
    and so does one that is ``self_contained``.
    """

    project: Path
    cache: Path
    run: Path
    brand_folders: tuple[Path, ...] = ()
    self_contained: bool = False

    @classmethod
    def from_environment(cls) -> Layout:
        """``var/`` of the project, the stack in ``AREA_CLIENTI_RUN_DIR`` or ``var/run``.

        ``AREA_CLIENTI_BRAND_FOLDERS`` holds folders separated as in ``PATH``.
        """
        var = PROJECT / "var"
        run = Path(os.environ.get("AREA_CLIENTI_RUN_DIR") or var / "run").resolve()
        named = os.environ.get("AREA_CLIENTI_BRAND_FOLDERS", "").split(os.pathsep)
        return cls(PROJECT, var / "cache", run, tuple(Path(folder).resolve() for folder in named if folder))

    @property
    def provider_module(self) -> Path:
        """The Maven module of the Keycloak extension."""
        return self.project / "keycloak" / "providers"

    @property
    def provider_jar(self) -> Path:
        """The extension's jar once built."""
        return self.provider_module / "target" / "area-clienti-keycloak.jar"

    @property
    def shipped_brands(self) -> Path:
        """The brand files that ship."""
        return self.project / "domain" / "brands"

    @property
    def keeps_its_own(self) -> bool:
        """Whether brand files, realm file and themes are this stack's own, in its run folder."""
        return self.self_contained or bool(self.brand_folders)

    @property
    def brands(self) -> Path:
        """The brand files every part reads."""
        return self.run / "brands" if self.keeps_its_own else self.shipped_brands

    @property
    def realm_template(self) -> Path:
        """What every realm is made from."""
        return self.project / "keycloak" / "realm-template.json"

    @property
    def realm_file(self) -> Path:
        """One realm a brand, imported by Keycloak at its first start."""
        return (self.run if self.keeps_its_own else self.project / "keycloak") / "realm-export.json"

    @property
    def themes(self) -> Path:
        """Themes with their vendor assets, as Keycloak and the portal serve them."""
        return (self.run if self.keeps_its_own else self.cache) / "themes"

    @property
    def keycloak_home(self) -> Path:
        """This stack's Keycloak."""
        return self.run / "keycloak"

    @property
    def logs(self) -> Path:
        """Log of the stack's processes."""
        return self.run / "log"

    @property
    def endpoints(self) -> Path:
        """Written once everything answers."""
        return self.run / "endpoints.json"

    @property
    def secrets(self) -> Path:
        """This stack's development secrets, readable by their owner alone."""
        return self.run / "secrets.env"
