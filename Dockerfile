# The images of docker-compose.yml: targets `keycloak`, `services` (bridge, worker, portal, provisioning) and `proxy`.
# Brands are data: those of the project, and those of every folder in BRANDS_FOLDER (docs/brands.md).
# Base images are arguments, so that a mirror, or a base of one's own, can stand in for them.
ARG MAVEN_IMAGE=docker.io/library/maven:3.9.11-eclipse-temurin-21
ARG KEYCLOAK_IMAGE=quay.io/keycloak/keycloak:26.7.4
ARG PYTHON_IMAGE=docker.io/library/python:3.13.9-slim-trixie
ARG PROXY_IMAGE=docker.io/nginxinc/nginx-unprivileged:1.28.0-bookworm

# ---- the extension's jar, and the style sheets the themes take from a WebJar
FROM ${MAVEN_IMAGE} AS extension
WORKDIR /src/keycloak/providers
COPY keycloak/providers/pom.xml ./
COPY keycloak/providers/src/main ./src/main
RUN mvn --batch-mode --quiet -Dmaven.test.skip=true package

# ---- the Python parts: packages by hash from the lock file, then ours
FROM ${PYTHON_IMAGE} AS packages
WORKDIR /src
COPY requirements.lock ./
RUN python3 -m venv /opt/area-clienti \
    && /opt/area-clienti/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
       --only-binary :all: --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY domain ./domain
COPY provisioning ./provisioning
COPY sms_gateway_bridge ./sms_gateway_bridge
COPY adapters ./adapters
COPY area_clienti ./area_clienti
RUN /opt/area-clienti/bin/python -m adapters.flask_portal.i18n \
    && /opt/area-clienti/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
       --no-deps --no-build-isolation .

# ---- brand files, themes, realms and refused passwords, of all brands
FROM packages AS assembled
ARG BRANDS_FOLDER=docker/brands
COPY keycloak/app-client-template.json keycloak/realm-template.json ./keycloak/
COPY keycloak/password-blacklists ./keycloak/password-blacklists
COPY keycloak/themes ./keycloak/themes
COPY --from=extension /src/keycloak/providers/target/webassets ./keycloak/providers/target/webassets
COPY ${BRANDS_FOLDER} /brands
RUN /opt/area-clienti/bin/python -m area_clienti assemble --brands /brands /assembled

# ---- Keycloak, built once for its database and with the extension
FROM ${KEYCLOAK_IMAGE} AS keycloak-built
COPY --chown=1000:0 --from=extension /src/keycloak/providers/target/area-clienti-keycloak.jar /opt/keycloak/providers/
ENV KC_DB=postgres KC_HEALTH_ENABLED=true KC_METRICS_ENABLED=true KC_SPI_LOGIN_PROTOCOL__SAML__ENABLED=false KC_FEATURES_DISABLED=ciba,device-flow,identity-brokering-api,impersonation,jwt-authorization-grant,kerberos,kubernetes-service-accounts,organization,token-exchange-standard,twitter-broker
RUN /opt/keycloak/bin/kc.sh build

FROM ${KEYCLOAK_IMAGE} AS keycloak
COPY --from=keycloak-built /opt/keycloak/lib/quarkus /opt/keycloak/lib/quarkus
COPY --from=keycloak-built /opt/keycloak/providers /opt/keycloak/providers
COPY --from=assembled /assembled/themes /opt/keycloak/themes
COPY --from=assembled /assembled/password-blacklists /opt/keycloak/data/password-blacklists
COPY --from=assembled /assembled/realm-export.json /opt/keycloak/data/import/realm-export.json
COPY docker/keycloak/health.sh /opt/keycloak/health.sh
USER 1000
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
CMD ["start", "--optimized", "--import-realm"]

FROM ${PYTHON_IMAGE} AS services
COPY --from=packages /opt/area-clienti /opt/area-clienti
COPY --from=assembled /assembled/brands /opt/area-clienti-brands
COPY --from=assembled /assembled/themes /opt/area-clienti-themes
# A volume mounted here takes over its owner.
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/area-clienti /var/lib/area-clienti/quarantine \
    /var/lib/area-clienti/accepted
ENV PATH=/opt/area-clienti/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AREA_CLIENTI_BRANDS_DIR=/opt/area-clienti-brands \
    AREA_CLIENTI_THEMES_DIR=/opt/area-clienti-themes
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["area-clienti"]
CMD ["--help"]

# ---- the reverse proxy
FROM ${PROXY_IMAGE} AS proxy
COPY docker/proxy/ /opt/proxy/
USER 101:101
ENTRYPOINT ["/bin/sh", "/opt/proxy/start.sh"]
CMD []
