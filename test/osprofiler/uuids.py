# SPDX-License-Identifier: Apache-2.0

"""Says what Python's uuid.UUID makes of texts.

Each line of the input is a JSON list of texts; each line of the output the list
of their hex digits, or null for what is refused. With the argument "unicode" it
writes instead, as one list, the characters that Python has in its tables of
Unicode.
"""

import json
import sys
import unicodedata
import uuid


def answer(text):
    try:
        return uuid.UUID(text).hex
    except ValueError:
        return None


if sys.argv[1:] == ["unicode"]:
    print(json.dumps([c for c in range(sys.maxunicode + 1)
                      if unicodedata.category(chr(c)) not in ("Cn", "Cs")]))
else:
    for line in sys.stdin:
        print(json.dumps([answer(text) for text in json.loads(line)]),
              flush=True)
