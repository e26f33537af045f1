# SPDX-License-Identifier: Apache-2.0

"""Runs a Python program with an OSProfiler that signs with HMAC-SHA256.

    sha256.py PROGRAM [ARGUMENT...]

The OSProfiler is the one in the folder that OSPROFILER names; its function
that makes the digest is replaced by one with SHA-256 in place of SHA-1.
"""

import hashlib
import hmac
import os
import runpy
import sys

sys.path.insert(0, os.environ["OSPROFILER"])

from osprofiler import _utils  # noqa: E402


def generate_hmac(data, hmac_key):
    return hmac.new(_utils.binary_encode(hmac_key),
                    _utils.binary_encode(data), hashlib.sha256).hexdigest()


assert _utils.__file__.startswith(os.environ["OSPROFILER"])
assert len(_utils.generate_hmac("", "k")) == 40, "it has SHA-256 of its own"
_utils.generate_hmac = generate_hmac

sys.argv = sys.argv[1:]
sys.path[0] = os.environ["OSPROFILER"]
sys.path.insert(1, os.path.dirname(os.path.abspath(sys.argv[0])))
runpy.run_path(sys.argv[0], run_name="__main__")
