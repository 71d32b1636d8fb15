#!/bin/bash
# Whether Keycloak is ready, its database included (the image has no program that speaks HTTP).
exec 3<>/dev/tcp/127.0.0.1/9000 || exit 1
printf 'GET /health/ready HTTP/1.0\r\n\r\n' >&3
read -r -t 5 _ status _ <&3 && [ "$status" = 200 ]
