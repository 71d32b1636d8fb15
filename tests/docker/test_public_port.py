"""What the world can reach, and what it cannot (SECURITY C1, C2)."""

from __future__ import annotations

import concurrent.futures
import http.client
import ssl
from urllib.parse import urlsplit

import pytest
import requests

from tests.docker.compose import Compose, docker, inspect
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak
_REALM_PAGE = "/realms/generali/.well-known/openid-configuration"


def _raw(url: str, path: str, host: str | None = None, method: str = "GET") -> http.client.HTTPResponse:
    """A request whose path nothing on this side tidies up."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=30, context=context)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or parts.netloc)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_signing_in_is_public(stack: Stack) -> None:
    found = requests.get(stack.keycloak + _REALM_PAGE, timeout=30)
    assert found.status_code == 200
    assert found.json()["issuer"] == f"{stack.keycloak}/realms/generali"
    assert requests.get(f"{stack.portal}/generali/", timeout=30).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/admin", "/admin/", "/admin/master/console/", "/admin/generali/console/", "/admin/realms/generali/users"),
        *(
            "/admin/realms/generali/area-clienti/customers/GEN0001",
            "/metrics",
            "/health",
            "/health/ready",
            "/q/metrics",
        ),
        *("/realms/master", "/realms/master/", "/realms/master/protocol/openid-connect/token", "/realms/generali"),
        *("/realms/master/.well-known/openid-configuration", "/realms/generali/account/", "/realms/generali/broker/x"),
        *("/realms/generali/clients-registrations/default", "/realms/generali/protocol/openid-connect/ext/par/request"),
        *("/realms/generali/protocol/openid-connect/token/introspect/../../../../../admin/", "/management", "/v1"),
        # Spellings that two programs may read differently.
        *("/realms/%6daster/.well-known/openid-configuration", "/realms//master/.well-known/openid-configuration"),
        *("/realms/master;x/.well-known/openid-configuration", "/realms;x/master/.well-known/openid-configuration"),
        *("/realms/generali/../master/.well-known/openid-configuration", "/resources/../admin/master/console/"),
        *("/resources/..;/admin/", "/resources/%2e%2e/admin/", "/realms/generali/login-actions/..;/..;/..;/admin/"),
        "/realms/x/../MASTER/.well-known/openid-configuration",
    ],
)
def test_the_rest_of_keycloak_is_not_on_the_public_port(stack: Stack, path: str) -> None:
    assert _raw(stack.keycloak, path).status in (400, 404), path


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/generali/accesso/backchannel-logout"])
def test_what_the_portal_tells_machines_is_not_public(stack: Stack, path: str) -> None:
    assert _raw(stack.portal, path).status == 404


def test_another_host_name_leads_nowhere(stack: Stack) -> None:
    for host in ("attacker.example", "bridge:8200", "keycloak:9000"):
        assert _raw(stack.portal, "/", host=host).status == 421, host


def test_consoles_and_admin_api_are_on_the_admin_port_alone(stack: Stack) -> None:
    console = requests.get(f"{stack.keycloak_admin}/admin/generali/console/", timeout=30)
    assert console.status_code == 200
    # Whoever comes without a token gets no further there either.
    users = requests.get(f"{stack.keycloak_admin}/admin/realms/generali/users", timeout=30)
    assert users.status_code == 401
    assert stack.admin("generali").users_count() > 30


def test_only_the_proxys_ports_are_published(compose: Compose, stack: Stack) -> None:
    published = {
        service: {port for port, bound in inspect(one)["NetworkSettings"]["Ports"].items() if bound}
        for service in ("postgres", "keycloak", "bridge", "worker", "portal", "proxy")
        for one in compose.containers(service)
    }
    assert published.pop("proxy") == {"8080/tcp", "8443/tcp", "8444/tcp"}
    assert published == {name: set() for name in ("postgres", "keycloak", "bridge", "worker", "portal")}


def test_the_proxy_cannot_even_reach_the_bridge_or_the_database(compose: Compose, stack: Stack) -> None:
    proxy = compose.containers("proxy")[0]
    for name, port in (("bridge", 8200), ("postgres", 5432)):
        found = docker("exec", proxy, "bash", "-c", f"exec 3<>/dev/tcp/{name}/{port} && echo reached", check=False)
        assert "reached" not in found
    assert "reached" in docker("exec", proxy, "bash", "-c", "exec 3<>/dev/tcp/keycloak/8080 && echo reached")


def test_plain_http_leads_to_https(compose: Compose, stack: Stack) -> None:
    address = f"http://localhost:{compose.values['PUBLIC_HTTP_PORT']}/generali/?lingua=en"
    answer = requests.get(address, allow_redirects=False, timeout=30)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{stack.portal}/generali/?lingua=en"


def test_security_headers_reach_the_browser(stack: Stack) -> None:
    portal = requests.get(f"{stack.portal}/generali/", timeout=30).headers
    login = requests.get(
        f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?client_id=portal", timeout=30
    ).headers
    for headers in (portal, login):
        assert "max-age" in headers["Strict-Transport-Security"]
        assert "frame-ancestors" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "nginx/" not in headers.get("Server", "")


def test_a_client_cannot_say_where_it_comes_from(compose: Compose, stack: Stack) -> None:
    forged = "203.0.113.77"
    url = f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?client_id=nobody&response_type=code"
    headers = {"X-Forwarded-For": forged, "Forwarded": f"for={forged}", "X-Forwarded-Host": "attacker.example"}
    answer = requests.get(url, headers=headers, timeout=30)
    assert "attacker.example" not in answer.text
    events = stack.admin("generali").connection.raw_get("/admin/realms/generali/events", max=50).json()
    mine = [event for event in events if event.get("clientId") == "nobody"]
    assert mine
    assert all(event["ipAddress"] != forged for event in mine)


def test_a_body_beyond_the_limit_is_refused_before_it_is_passed_on(stack: Stack) -> None:
    url = f"{stack.keycloak}/realms/generali/login-actions/authenticate"
    assert requests.post(url, data=b"x" * 70_000, timeout=30).status_code == 413


def test_a_flood_from_one_address_is_slowed(stack: Stack) -> None:
    url = f"{stack.keycloak}/realms/generali/.well-known/openid-configuration"
    with concurrent.futures.ThreadPoolExecutor(20) as pool, requests.Session() as session:
        seen = list(pool.map(lambda _: session.get(url, timeout=60).status_code, range(600)))
    assert 429 in seen
    assert 200 in seen


def test_no_path_that_holds_a_token_is_logged_whole(compose: Compose, stack: Stack) -> None:
    token, query = "Zq3vT9wXk2LmN8pR5sB7yD4fG6hJ1cV0", "canary-in-the-query"
    requests.get(f"{stack.portal}/generali/registrazione/link/0190/{token}?x={query}", timeout=30)
    logs = docker("logs", compose.containers("proxy")[0])
    assert "/generali/registrazione/link/0190/[withheld]" in logs
    assert token not in logs
    assert query not in logs
