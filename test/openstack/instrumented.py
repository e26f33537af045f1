# SPDX-License-Identifier: Apache-2.0

"""The WSGI application of the module OSTRACE_APPLICATION, with Python's
auto-instrumentation. That does not instrument an application that uwsgi loads, so
this module calls it, and wraps the application."""

import importlib
import os

from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()

from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

application = OpenTelemetryMiddleware(
    importlib.import_module(os.environ["OSTRACE_APPLICATION"]).application)
