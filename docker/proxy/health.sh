#!/bin/bash
# Whether nginx answers. Of the parts behind it their own health checks speak.
exec 3<>/dev/tcp/127.0.0.1/8079 || exit 1
printf 'GET / HTTP/1.0\r\n\r\n' >&3
read -r -t 3 _ status _ <&3 && [ "$status" = 204 ]
