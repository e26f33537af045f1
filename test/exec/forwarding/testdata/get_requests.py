# SPDX-License-Identifier: Apache-2.0
import sys

import requests

response = requests.get(sys.argv[1])
print(response.status_code, response.reason, response.text)
response.raise_for_status()
