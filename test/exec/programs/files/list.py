# SPDX-License-Identifier: Apache-2.0

"""Gets a token and a list, with the HTTP client that the argument names: requests or httpx."""

import importlib
import os
import sys

http = importlib.import_module(sys.argv[1])


def named(what):
    return {"name": os.environ[f"OS_{what}_NAME"],
            "domain": {"name": os.environ[f"OS_{what}_DOMAIN_NAME"]}}


user = {"name": os.environ["OS_USERNAME"], "password": os.environ["OS_PASSWORD"],
        "domain": {"name": os.environ["OS_USER_DOMAIN_NAME"]}}
answer = http.post(os.environ["OS_AUTH_URL"] + "/auth/tokens", json={"auth": {
    "identity": {"methods": ["password"], "password": {"user": user}},
    "scope": {"project": named("PROJECT")}}})
answer.raise_for_status()
answer = http.get("https://compute.cloud.test/v2.1/flavors?limit=1",
                  headers={"X-Auth-Token": answer.headers["X-Subject-Token"]})
answer.raise_for_status()
print(answer.text)
