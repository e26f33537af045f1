#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gets a token and a list, with curl.
set -eu

token=$(curl --silent --show-error --fail --dump-header - --output /dev/null \
	--header 'Content-Type: application/json' --data @- "$OS_AUTH_URL/auth/tokens" <<END |
{"auth": {
  "identity": {"methods": ["password"], "password": {"user": {
    "name": "$OS_USERNAME", "domain": {"name": "$OS_USER_DOMAIN_NAME"}, "password": "$OS_PASSWORD"}}},
  "scope": {"project": {"name": "$OS_PROJECT_NAME", "domain": {"name": "$OS_PROJECT_DOMAIN_NAME"}}}}}
END
	tr -d '\r' | sed -n 's/^x-subject-token: //Ip')
curl --silent --show-error --fail --header "X-Auth-Token: $token" "https://compute.cloud.test/v2.1/flavors?limit=1"
