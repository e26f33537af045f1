# SPDX-License-Identifier: Apache-2.0

"""OSProfiler's own drivers, for the tests.

    drivers.py

reads requests and writes answers, each a line of JSON, until its standard input
ends. A request has the name of a function below in "do", its arguments in
"args", the connection string, and in "conf" options of the section [profiler];
an answer has "result", or "error" with what Python raised.
"""

import json
import logging
import sys
import traceback

from oslo_config import cfg
from osprofiler import notifier, opts, profiler
from osprofiler.drivers import base

# Some of the drivers only log errors.
logging.basicConfig(stream=sys.stderr, level=logging.WARNING)


class Failures(logging.Handler):
    """Keeps the errors that the drivers log instead of raising them."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))


failures = Failures()
logging.getLogger().addHandler(failures)


def driver(connection, conf, **kwargs):
    options = cfg.ConfigOpts()
    options([])
    opts.set_defaults(options, enabled=True, connection_string=connection)
    for name, value in conf.items():
        options.set_override(name, value, "profiler")
    return base.get_driver(connection, conf=options, **kwargs)


def notify(connection, conf, notifications, **kwargs):
    """Stores notifications as they are."""
    d = driver(connection, conf, **kwargs)
    for notification in notifications:
        d.notify(notification)


def read(connection, conf, base_id):
    """The notifications that get_report reads, in its order: the arguments of each
    call of _append_results, by their names."""
    names = ("trace_id", "parent_id", "name", "project", "service", "host",
             "timestamp", "payload")
    d = driver(connection, conf)
    rows = []
    append = d._append_results

    def record(*args):
        rows.append(dict(zip(names, args)))
        append(*args)

    d._append_results = record
    d.get_report(base_id)
    return rows


def report(connection, conf, base_id):
    """The report that "osprofiler trace show" prints."""
    return driver(connection, conf).get_report(base_id)


def list_traces(connection, conf):
    return driver(connection, conf).list_traces({"base_id", "timestamp"})


def list_error_traces(connection, conf):
    return list(driver(connection, conf).list_error_traces())


def profile(connection, conf, base_id, repeat=1, **kwargs):
    """Does the work of a service, with OSProfiler's own profiler."""
    d = driver(connection, conf, **kwargs)
    notifier.set(d.notify)
    profiler.init("SECRET_KEY", base_id=base_id)
    try:
        for _ in range(repeat):
            serve()
    finally:
        notifier.set(notifier._noop_notifier)
        profiler.clean()


def serve():
    """One request, with each kind of point."""
    profiler.start("wsgi", info={"request": {
        "path": "/v2.1/servers/Zürich-東京-🚀", "query": "all_tenants=1&name=a%20b",
        "method": "POST", "scheme": "http"}})
    profiler.start("db", info={"db": {
        "statement": "SELECT 'it''s \"quoted\"', \\ FROM t\nWHERE id = %(id)s",
        "params": {"id": 2 ** 60, "ratio": 0.1, "none": None, "bytes": "\x00\x7f"}}})
    profiler.stop(info={"db": {"result": "[(1, 'ä')]"}})

    @profiler.trace("rpc", info={"topic": "conductor"})
    def build(instance, *hosts, **options):
        return {"state": "building", "hosts": hosts}

    build("one", "host-1", "host-2", force=True)
    with profiler.Trace("requests", info={"requests": {
            "method": "GET", "hostname": "127.0.0.1", "port": 9292,
            "query": "", "path": "/v2/images"}}):
        pass
    try:
        with profiler.Trace("neutron_api"):
            raise ValueError("no such port: 'ä\u2028'")
    except ValueError:
        pass
    with profiler.Trace("big", info={"text": "é" * 300_000, "list": list(range(1000))}):
        pass
    profiler.start("never-ended-point")
    profiler.get()._trace_stack.pop()
    profiler.get()._name.pop()
    profiler.stop(info={"status_code": 202})


for line in sys.stdin:
    request = json.loads(line)
    failures.texts.clear()
    answer = {}
    try:
        answer["result"] = globals()[request["do"]](
            request["connection"], request["conf"] or {}, **(request["args"] or {}))
        if failures.texts:
            answer = {"error": "\n".join(failures.texts)}
    except Exception:
        answer = {"error": traceback.format_exc()}
    print(json.dumps(answer, default=str), flush=True)
