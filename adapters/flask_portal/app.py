"""The application factory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, before_render_template
from flask_wtf.csrf import CSRFProtect
from jinja2 import Template
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from adapters.flask_portal import error_pages, forms, i18n, log, security, theme
from adapters.flask_portal import settings as settings_module
from adapters.flask_portal.context import Portal, give_brand, session, take_brand
from adapters.flask_portal.gateways.bridge import BridgeGateway
from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.http import open_session
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.gateways.oidc import OidcGateway
from adapters.flask_portal.pending import PendingRequests
from adapters.flask_portal.repository import open_engine
from adapters.flask_portal.repository.assistance import AssistanceStore
from adapters.flask_portal.repository.attempts import AttemptStore
from adapters.flask_portal.repository.flows import FlowStore
from adapters.flask_portal.repository.operations import OperationStore
from adapters.flask_portal.repository.sessions import SessionStore
from adapters.flask_portal.services.assistance import AssistanceService
from adapters.flask_portal.services.budgets import Budgets
from adapters.flask_portal.services.cancellation import CancellationService
from adapters.flask_portal.services.challenge import ProofOfWork
from adapters.flask_portal.services.operations import OperationService
from adapters.flask_portal.services.pace import Pace
from adapters.flask_portal.services.policies import PolicyService, ProfileService
from adapters.flask_portal.services.proving import ProvingService
from adapters.flask_portal.services.recognition import RecognitionService
from adapters.flask_portal.services.recovery import RecoveryService
from adapters.flask_portal.services.registration import RegistrationService
from adapters.flask_portal.services.sign_in import SignInService
from adapters.flask_portal.sessions import DatabaseSessionInterface, require_sessions
from adapters.flask_portal.settings import Settings
from adapters.flask_portal.views import (
    accesso,
    assistenza,
    cancellazione,
    health,
    home,
    language,
    polizze,
    profilo,
    recupero,
    registrazione,
)
from domain.brands import Brand, load_brands
from domain.clock import Clock, SystemClock
from domain.readable import readable

_MAX_BODY_BYTES = 64 * 1024
_BRANDED = (
    home.blueprint,
    registrazione.blueprint,
    recupero.blueprint,
    accesso.blueprint,
    polizze.blueprint,
    profilo.blueprint,
    cancellazione.blueprint,
    assistenza.blueprint,
    language.blueprint,
)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Build the portal.

    Without settings they are read from the environment; :class:`ConfigurationError` is raised for what is missing.
    """
    brands = load_brands(settings.brands_dir if settings else settings_module.brands_dir())
    chosen = settings or settings_module.from_environment(list(brands))
    ticking = clock or SystemClock(chosen.clock_offset_s)
    log.configure()
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        # Oldest first: the last one signs, each verifies.
        WTF_CSRF_SECRET_KEY=list(reversed(chosen.secret_keys)),
        MAX_CONTENT_LENGTH=_MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=_MAX_BODY_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        # The page of a link sends no referrer, on purpose; the token in the session is the defence.
        WTF_CSRF_SSL_STRICT=False,
    )
    if chosen.trusted_proxies:
        proxied = ProxyFix(app.wsgi_app, x_for=chosen.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    engine = open_engine(chosen.database_url)
    store = SessionStore(engine)
    app.session_interface = DatabaseSessionInterface(store, chosen, ticking)
    pending = PendingRequests(chosen)
    pending.install(app)
    app.extensions["portal"] = _assemble(chosen, dict(brands), engine, store, pending=pending, clock=ticking)
    security.protect(app, chosen)
    require_sessions(app)
    csrf = CSRFProtect(app)
    csrf.exempt(accesso.backchannel_logout)
    i18n.install(app)
    error_pages.install(app)
    # Its sentence quotes the path; error_pages logs every exception.
    app.logger.disabled = True
    _install_pages(app)
    return app


def _assemble(
    settings: Settings,
    brands: dict[str, Brand],
    engine: Engine,
    sessions: SessionStore,
    *,
    pending: PendingRequests,
    clock: Clock,
) -> Portal:
    http, timeout_s = open_session(), settings.gateway_timeout_s
    directory = DirectoryGateway(engine)
    operations = OperationStore(engine)
    bridge = BridgeGateway(settings.bridge_url, settings.bridge_keys, http, clock, timeout_s)
    keycloak = KeycloakGateway(settings.keycloak_url, settings.client_secrets, http, clock, timeout_s)
    oidc = OidcGateway(
        settings.keycloak_url,
        settings.keycloak_public_url,
        settings.client_secrets,
        http,
        clock=clock,
        timeout_s=timeout_s,
    )
    proving = ProvingService(bridge, keycloak, FlowStore(engine), clock, settings.public_url)
    pace = Pace(settings.answer_quantum_s)
    attempts = AttemptStore(engine)
    budgets = Budgets(attempts, clock, settings.secret_key)
    return Portal(
        settings=settings,
        engine=engine,
        brands=brands,
        themes=frozenset({theme.SHARED_THEME, *brands}),
        proving=proving,
        registration=RegistrationService(directory, keycloak, proving, pace),
        recognition=RecognitionService(directory, keycloak, proving, budgets=budgets, pace=pace),
        proof_of_work=ProofOfWork(attempts, clock, settings.secret_key),
        recovery=RecoveryService(
            directory, keycloak, proving, budgets=budgets, pace=pace, secret_key=settings.secret_key
        ),
        assistance=AssistanceService(AssistanceStore(engine), bridge, budgets, clock),
        cancellation=CancellationService(directory, keycloak, proving),
        sign_in=SignInService(
            oidc,
            pending,
            sessions,
            clock=clock,
            public_url=settings.public_url,
            issuer_base=settings.keycloak_public_url,
        ),
        operations=OperationService(operations, clock),
        policies=PolicyService(directory),
        profile=ProfileService(directory, operations),
    )


def _install_pages(app: Flask) -> None:
    app.url_value_preprocessor(take_brand)
    app.url_defaults(give_brand)
    app.register_blueprint(theme.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(home.chooser)
    for blueprint in _BRANDED:
        app.register_blueprint(blueprint, url_prefix=f"/<brand>{blueprint.url_prefix or ''}")
    helpers: dict[str, Callable[..., Any]] = {
        "theme_url": theme.theme_url,
        "current_language": i18n.current_language,
        "input_of": forms.input_of,
        "place": language.place,
        "address_in": language.address_in,
    }
    # As globals, because imported macros do not see what context processors give.
    app.jinja_env.globals.update(helpers)
    app.jinja_env.filters["readable"] = readable
    app.context_processor(lambda: {"portal_session": session()})
    before_render_template.connect(_name_page, app)


def _name_page(_app: Flask, template: Template, context: dict[str, Any], **_more: Any) -> None:
    """Every page carries the name of its template, so that a report about a page, or a test, can name it."""
    context["page_name"] = str(template.name).removesuffix(".html")
