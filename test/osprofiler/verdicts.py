# SPDX-License-Identifier: Apache-2.0

"""Says what OSProfiler makes of pairs of headers.

Each line of the input is a JSON list of [hmac_keys, X-Trace-Info,
X-Trace-HMAC]: the option as it stands in a service's configuration, and the
headers as WSGI hands them over, each byte a character, or null for one that is
absent. Each line of the output is the list of verdicts.

With the argument "pack" a line is a list of [key, base_id, parent_id], and the
output the two headers.
"""

import base64
import functools
import json
import re
import sys

from osprofiler import _utils, profiler, web


@functools.lru_cache(maxsize=None)
def middleware(hmac_keys):
    return web.WsgiMiddleware(None, hmac_keys=hmac_keys, enabled=True)


def described(value):
    """An id: its text, whether that is JSON, whether it lost surrogates."""
    if not isinstance(value, str):
        sys.setrecursionlimit(10000)
        try:
            text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        finally:
            sys.setrecursionlimit(1000)
        return {"text": text, "json": True}
    text, lost = re.subn("[\ud800-\udfff]", "\ufffd", value)
    return {"text": text, "lone": lost > 0}


def oddities(info):
    """What of the JSON other decoders see differently."""
    constants = []
    try:
        json.loads(base64.urlsafe_b64decode(info).decode(),
                   parse_constant=constants.append)
    except RecursionError:
        return {"deep": True}
    except Exception:
        return {}
    return {"constants": bool(constants)}


def verdict(hmac_keys, info, mac):
    service = middleware(hmac_keys)
    try:
        contents = _utils.signed_unpack(info, mac, service.hmac_keys)
    except Exception as e:
        return {"raised": type(e).__name__}
    if not service._trace_is_valid(contents):
        return oddities(info)
    profiler.clean()
    p = profiler.init(**contents)
    profiler.clean()
    base, parent = p.get_base_id(), p.get_id()
    made = base is not contents["base_id"]
    return {
        **oddities(info),
        "valid": True,
        "key": service.hmac_keys.index(p.hmac_key),
        "base": {} if made else described(base),
        "parent": {} if made and parent is base else described(parent),
        "made": made,
    }


def pack(key, base_id, parent_id):
    info, mac = _utils.signed_pack(
        {"base_id": base_id, "parent_id": parent_id}, key)
    return [info.decode(), mac]


answer = pack if sys.argv[1:] == ["pack"] else verdict
for line in sys.stdin:
    print(json.dumps([answer(*pair) for pair in json.loads(line)]), flush=True)
