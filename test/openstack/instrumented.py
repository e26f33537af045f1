# SPDX-License-Identifier: Apache-2.0

"""The WSGI application of the module OSTRACE_APPLICATION as Python's
auto-instrumentation has it. That instruments no application by itself which uwsgi
loads: somebody has to call it, and to wrap the application."""

import importlib
import os

from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()

from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

application = OpenTelemetryMiddleware(
    importlib.import_module(os.environ["OSTRACE_APPLICATION"]).application)
