# SPDX-License-Identifier: Apache-2.0

"""A client as the openstack command is one: a session of keystoneauth.

    client.py KEY URL [POINT...]

sends one GET request, in a trace signed with KEY unless that is empty, inside
the named points, each opened in the one before. It writes as JSON the answer,
the trace's id, and the id of the point that was open last.
"""

import contextlib
import json
import sys

from keystoneauth1 import session
from osprofiler import profiler

key, url, *names = sys.argv[1:]
p = profiler.init(key) if key else None
with contextlib.ExitStack() as stack:
    for name in names:
        stack.enter_context(profiler.Trace(name))
    answer = session.Session().get(url, authenticated=False)
    print(json.dumps({
        "status": answer.status_code,
        "body": answer.text,
        "base_id": p and p.get_base_id(),
        "id": p and p.get_id(),
    }))
