# SPDX-License-Identifier: Apache-2.0
import sys

import httpx

response = httpx.get(sys.argv[1])
print(response.status_code, response.reason_phrase, response.text)
response.raise_for_status()
