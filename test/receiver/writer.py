# SPDX-License-Identifier: Apache-2.0

"""Does the work of some services, with OSProfiler's own profiler and driver.

    writer.py CONFIG_FILE REQUESTS

The configuration file is that of a service, with [DEFAULT] transport_url and
[profiler] connection_string. Each request is a trace. Every notification that the
driver has stored or sent is printed as a line of JSON.
"""

import json
import sys
import uuid

from oslo_config import cfg
from osprofiler import notifier, opts, profiler
from osprofiler.drivers import base

SERVICES = [("nova", "osapi_compute", "api-1"), ("nova", "conductor", "conductor-1"),
            ("neutron", "neutron-server", "network-1")]


def drivers(conf):
    for project, service, host in SERVICES:
        yield base.get_driver(conf.profiler.connection_string, conf=conf, context={"user": "admin"},
                              project=project, service=service, host=host)


def work(notify):
    """One request to the first service, which calls the others."""

    def switch(i):
        notifier.set(notify(i))

    base_id = str(uuid.uuid4())
    switch(0)
    profiler.init("SECRET_KEY", base_id=base_id)
    with profiler.Trace("wsgi", info={"request": {
            "path": "/v2.1/servers/Zürich-東京-🚀", "query": "all_tenants=1", "method": "POST", "scheme": "http"}}):
        with profiler.Trace("db", info={"db": {
                "statement": "SELECT 'it''s \"quoted\"' FROM t WHERE id = %(id)s",
                "params": {"id": 2 ** 60, "ratio": 0.1, "none": None}}}):
            pass
        profiler.start("rpc", info={"function": {"name": "nova.conductor.rpcapi.build", "args": "1", "kwargs": "{}"}})
        switch(1)
        for _ in range(3):
            with profiler.Trace("db", info={"db": {"statement": "UPDATE instances SET x = 1"}}):
                pass
        switch(2)
        try:
            with profiler.Trace("neutron_api"):
                raise ValueError("no such port: 'ä'")
        except ValueError:
            pass
        switch(0)
        profiler.stop(info={"function": {"result": "None"}})
    profiler.clean()


def main():
    conf = cfg.ConfigOpts()
    conf(["--config-file", sys.argv[1]])
    opts.set_defaults(conf)
    services = list(drivers(conf))

    def notify(i):
        def send(info, context=None):
            services[i].notify(info)
            project, service, _ = SERVICES[i]
            print(json.dumps({**info, "project": project, "service": service}))
        return send

    for _ in range(int(sys.argv[2])):
        work(notify)


main()
