# SPDX-License-Identifier: Apache-2.0

"""Says what OSProfiler makes of stored notifications.

Each line of the input is a JSON list of traces, each a list of notifications as
the Redis driver stores them, in the order in which it reads them. Each line of
the output is a list with, for each trace, the text that "osprofiler trace show
--json" prints, or null where that fails, and for each notification that starts a point, the tags that the
drivers for OpenTracing give its span.
"""

import json
import sys

from osprofiler.drivers import base, jaeger


def report(notifications):
    driver = base.Driver("memory://")
    for n in notifications:
        driver._append_results(n["trace_id"], n["parent_id"], n["name"],
                               n["project"], n["service"], n["info"]["host"],
                               n["timestamp"], n)
    try:
        return json.dumps(driver._parse_results(), indent=2,
                          separators=(",", ": "))
    except (TypeError, ValueError):  # no start; a point that is its own parent
        return None


def tags(notifications):
    return [jaeger.Jaeger.create_span_tags(None, n) for n in notifications
            if not n["name"].endswith("stop")]


for line in sys.stdin:
    print(json.dumps([[report(t), tags(t)] for t in json.loads(line)]),
          flush=True)
