# SPDX-License-Identifier: Apache-2.0

"""A WSGI service behind OSProfiler's middleware.

    service.py HMAC_KEYS

listens on a free port of 127.0.0.1, writes the port as its first line, and
ends with its standard input. It answers every request alike, traced or not.
/report, which is not behind the middleware, tells as JSON what the application
saw and what OSProfiler recorded since it was last asked.
"""

import json
import os
import socketserver
import sys
import threading
from wsgiref import simple_server

from osprofiler import notifier, profiler, web

requests = []
points = []


def application(environ, start_response):
    p = profiler.get()
    requests.append(p and {
        "base_id": p.get_base_id(),
        "parent_id": p.get_parent_id(),
        "id": p.get_id(),
        "key": p.hmac_key,
    })
    with profiler.Trace("inside"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"served\n"]


traced = web.WsgiMiddleware(application, hmac_keys=sys.argv[1], enabled=True)


def service(environ, start_response):
    if environ["PATH_INFO"] != "/report":
        return traced(environ, start_response)
    body = json.dumps({"requests": requests, "points": points}).encode()
    requests.clear()
    points.clear()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class Handler(simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


notifier.set(points.append)
server = simple_server.make_server("127.0.0.1", 0, service, Server, Handler)
threading.Thread(target=end_with_stdin, daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
