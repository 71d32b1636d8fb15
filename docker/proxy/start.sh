#!/bin/sh
# Writes nginx's configuration from the template and the environment, then becomes nginx.
set -eu

refuse() {
  echo "proxy: $1" >&2
  exit 2
}

work=/tmp/proxy
mkdir -p "$work"
for name in PORTAL_PUBLIC_URL KEYCLOAK_PUBLIC_URL KEYCLOAK_ADMIN_URL PROXY_TLS; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || refuse "$name is not set."
done
for name in PORTAL_PUBLIC_URL KEYCLOAK_PUBLIC_URL; do
  eval "value=\${$name}"
  case "$value" in https://*[!/]) ;; *) refuse "$name must begin with https:// and end without a slash." ;; esac
done
case "$KEYCLOAK_ADMIN_URL" in http://*[!/] | https://*[!/]) ;; *) refuse "KEYCLOAK_ADMIN_URL must be an http or https address without a slash at its end." ;; esac

# nginx's server_name is the host without its port.
host_of() {
  rest=${1#*://}
  rest=${rest%%/*}
  printf '%s' "${rest%:*}"
}
PORTAL_HOST=$(host_of "$PORTAL_PUBLIC_URL")
KEYCLOAK_HOST=$(host_of "$KEYCLOAK_PUBLIC_URL")
ADMIN_SCHEME=${KEYCLOAK_ADMIN_URL%%://*}
[ "$PORTAL_HOST" != "$KEYCLOAK_HOST" ] || refuse "PORTAL_PUBLIC_URL and KEYCLOAK_PUBLIC_URL must have different hosts: a page of one must not be able to read the other's."
export PORTAL_HOST KEYCLOAK_HOST ADMIN_SCHEME

: >"$work/outer.conf"
case "$PROXY_TLS" in
  files)
    for file in certificate.pem key.pem; do
      [ -r "/certificates/$file" ] || refuse "/certificates/$file cannot be read (user $(id -u)): mount it, or set PROXY_TLS=outer behind a terminator of TLS."
    done
    PUBLIC_LISTEN="8443 ssl http2"
    ADMIN_LISTEN="8444 ssl http2"
    cp /opt/proxy/redirect.conf.template "$work/redirect.template"
    cp /opt/proxy/tls.conf "$work/tls.conf"
    ;;
  outer)
    # Whoever terminates TLS in front says who the client is: only those addresses are believed.
    [ -n "${PROXY_OUTER_ADDRESSES:-}" ] || refuse "PROXY_OUTER_ADDRESSES is not set: name the addresses or networks of what terminates TLS."
    for address in $PROXY_OUTER_ADDRESSES; do
      echo "set_real_ip_from $address;" >>"$work/outer.conf"
    done
    printf 'real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n' >>"$work/outer.conf"
    PUBLIC_LISTEN=8080
    ADMIN_LISTEN=8444
    : >"$work/redirect.template"
    : >"$work/tls.conf"
    ;;
  *) refuse "PROXY_TLS must be files or outer." ;;
esac
export PUBLIC_LISTEN ADMIN_LISTEN

names='$PORTAL_HOST $KEYCLOAK_HOST $ADMIN_SCHEME $PUBLIC_LISTEN $ADMIN_LISTEN $PORTAL_PUBLIC_URL $KEYCLOAK_PUBLIC_URL'
envsubst "$names" <"$work/redirect.template" >"$work/redirect.conf"
envsubst "$names" </opt/proxy/nginx.conf.template >"$work/nginx.conf"
exec nginx -e stderr -c "$work/nginx.conf" -g 'daemon off;'
