# SPDX-License-Identifier: Apache-2.0

"""Reads the queue profiler.info with kombu, on which oslo.messaging stands, and does
nothing with the messages but acknowledging them.

    reader.py URL MESSAGES

prints the seconds from the first message to the last, and the peak of its memory in
bytes, as JSON.
"""

import json
import resource
import sys
import time

import kombu


def main():
    left = int(sys.argv[2])
    began = None

    def read(body, message):
        nonlocal left, began
        began = began or time.monotonic()
        message.ack()
        left -= 1

    with kombu.Connection(sys.argv[1]) as connection:
        queue = kombu.Queue("profiler.info", no_declare=True)
        consumer = connection.Consumer(queue, callbacks=[read], accept=["json"], prefetch_count=2000)
        with consumer:
            while left:
                connection.drain_events()
    print(json.dumps({
        "seconds": time.monotonic() - began,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


main()
