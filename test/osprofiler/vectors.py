# SPDX-License-Identifier: Apache-2.0

"""Makes the vectors of SHA-256 out of those of SHA-1.

It reads hmac/testdata/osprofiler-headers.json and writes the same headers,
fewer of them, signed with the digest of the OSProfiler that runs this, and its
verdicts.
"""

import hashlib
import hmac
import json
import sys
from importlib import metadata

from osprofiler import _utils, web

CHANGED = {
    "empty hmac": lambda mac: "",
    "blank hmac": lambda mac: "   ",
    "hmac with surrounding space": lambda mac: f"  {mac}\t",
    "upper-case hmac": str.upper,
    "truncated hmac": lambda mac: mac[:-1],
    "hmac one nibble off": lambda mac: mac[:-1] + "01"[mac[-1] == "0"],
}


def signed(v):
    """The vector with a signature of the same kind."""
    info, mac = v["x_trace_info"], v["x_trace_hmac"]
    for secret in ["alpha", "beta", "gamma", "other"]:
        sha1 = hmac.new(secret.encode(), info.encode(), hashlib.sha1)
        if mac.strip().lower()[:39] == sha1.hexdigest()[:39]:
            mac = _utils.generate_hmac(info, secret)
            break
    else:  # the signature of another text
        mac = _utils.generate_hmac(info + "-", "gamma")
    return CHANGED.get(v["name"], lambda mac: mac)(mac)


def verdict(v):
    keys = v["hmac_keys"]
    service = web.WsgiMiddleware(None, hmac_keys=",".join(keys), enabled=True)
    contents = _utils.signed_unpack(
        v["x_trace_info"], v["x_trace_hmac"], keys)
    if not service._trace_is_valid(contents):
        return {**v, "valid": False, "hmac_key": "", "base_id": "",
                "parent_id": ""}
    return {**v, "valid": True, "hmac_key": contents["hmac_key"],
            "base_id": contents["base_id"],
            "parent_id": contents.get("parent_id", "")}


old = json.load(sys.stdin)
new = {"source": "OSProfiler " + metadata.version("osprofiler") +
       ", osprofiler._utils.signed_pack, signed_unpack and"
       " web.WsgiMiddleware._trace_is_valid, with SHA-256 in place of SHA-1",
       "sign": [], "verify": []}
for v in old["sign"]:
    info, mac = _utils.signed_pack(
        {"base_id": v["base_id"], "parent_id": v["parent_id"]}, v["key"])
    new["sign"].append(
        {**v, "x_trace_info": info.decode(), "x_trace_hmac": mac})
for v in old["verify"][:60]:
    new["verify"].append(verdict({**v, "x_trace_hmac": signed(v)}))
json.dump(new, sys.stdout, indent=1)
print()
