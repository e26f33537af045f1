# SPDX-License-Identifier: Apache-2.0

"""Sends requests in one trace, as keystoneauth signs them, and waits between them.

client.py python|list BASE_ID [SECONDS...]
"""

import itertools
import os
import sys
import time

from keystoneauth1 import exceptions, loading, session
from osprofiler import profiler

program, base_id, *waits = sys.argv[1:]
profiler.init("SECRET_KEY", base_id=base_id)
auth = loading.get_plugin_loader("v3password").load_from_options(
    auth_url=os.environ["OS_AUTH_URL"],
    username=os.environ["OS_USERNAME"],
    password=os.environ["OS_PASSWORD"],
    user_domain_name=os.environ["OS_USER_DOMAIN_NAME"],
    project_name=os.environ["OS_PROJECT_NAME"],
    project_domain_name=os.environ["OS_PROJECT_DOMAIN_NAME"])
client = session.Session(auth=auth)


def get(service, path):
    return client.get(path, endpoint_filter={"service_type": service}).json()


def create():
    server = client.post("/servers", endpoint_filter={"service_type": "compute"}, json={"server": {
        "name": "recorded", "flavorRef": "42",
        "imageRef": get("image", "/v2/images")["images"][0]["id"],
        "networks": [{"uuid": get("network", "/v2.0/networks")["networks"][0]["id"]}],
    }}).json()["server"]["id"]
    while get("compute", "/servers/" + server)["server"]["status"] == "BUILD":
        time.sleep(0.7)
    return server


def delete(server):
    client.delete("/servers/" + server, endpoint_filter={"service_type": "compute"})
    try:
        while get("compute", "/servers/" + server):
            time.sleep(0.7)
    except exceptions.NotFound:
        pass


def servers():
    """One request after the other: of every three, one creates and one deletes."""
    while True:
        server = create()
        try:
            yield
            get("compute", "/servers/detail")
            yield
        finally:
            delete(server)
        yield


def lists():
    for service, path in itertools.cycle([
            ("compute", "/servers/detail"), ("network", "/v2.0/ports"),
            ("compute", "/os-hypervisors"), ("image", "/v2/images")]):
        get(service, path)
        yield


steps = lists() if program == "list" else servers()
next(steps)
for wait in waits:
    time.sleep(float(wait))
    next(steps)
steps.close()
