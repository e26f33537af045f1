# SPDX-License-Identifier: Apache-2.0

"""A filter of a service's pipeline that makes each request slower."""

import time


def filter_factory(global_conf, seconds):
    def slow(application):
        def answer(environ, start_response):
            time.sleep(float(seconds))
            return application(environ, start_response)
        return answer
    return slow
