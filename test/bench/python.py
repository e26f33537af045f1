# SPDX-License-Identifier: Apache-2.0

"""OSProfiler's own code, measured as Go's benchmarks are.

    python.py SECONDS

calls each operation in a loop for about so many seconds, and writes one line a
operation in Go's benchmark format, after the versions of what ran.
"""

import platform
import sys
import time
from importlib import metadata

from osprofiler import _utils, profiler, web

SECRET = "SECRET_KEY"
BASE_ID = "b74f3410-5463-852d-9c43-4723dde138d8"
PARENT_ID = "b74f3410-5463-852d-423e-96d038e9de81"

profiler.init(SECRET, base_id=BASE_ID, parent_id=PARENT_ID)
headers = web.get_trace_id_headers()
# WSGI passes headers as text.
info, mac = headers["X-Trace-Info"].decode(), headers["X-Trace-HMAC"]
forged = "0" * len(mac)

assert _utils.signed_unpack(info, mac, [SECRET])["base_id"] == BASE_ID
assert _utils.signed_unpack(info, forged, [SECRET]) is None


def measure(name, operation, seconds):
    times = 1
    while True:
        loop = range(times)
        start = time.perf_counter()
        for _ in loop:
            operation()
        took = time.perf_counter() - start
        if took >= seconds:
            break
        times = max(times + 1, min(int(times * seconds / took * 1.2), times * 100))
    print(f"Benchmark{name}\t{times}\t{took / times * 1e9:.1f} ns/op")


seconds = float(sys.argv[1])
print("python:", platform.python_version())
print("osprofiler:", metadata.version("osprofiler"))
measure("Verify/by=python/headers=valid",
        lambda: _utils.signed_unpack(info, mac, [SECRET]), seconds)
measure("Verify/by=python/headers=forged",
        lambda: _utils.signed_unpack(info, forged, [SECRET]), seconds)
measure("Inject/by=python", web.get_trace_id_headers, seconds)
