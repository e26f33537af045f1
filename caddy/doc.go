// SPDX-License-Identifier: Apache-2.0

// Package caddy is the package gateway for Caddy v2: which of the requests to a
// cloud's APIs are traced is decided at the proxy in front of them. TLS, HTTP/2
// and HTTP/3, upstreams and reloads are Caddy's.
//
// It has two modules: the app ostrace, which is the decision, and the handler
// http.handlers.ostrace, which stands in front of each reverse_proxy to the cloud.
// In a Caddyfile these are a global option and a directive:
//
//	{
//		ostrace {
//			hmac_keys {file./etc/ostrace/hmac_keys}
//			share 1%
//			per_minute 600
//			per_token_per_minute 10
//		}
//	}
//
//	https://cloud.example:8774 {
//		ostrace "{http.request.method} nova"
//		reverse_proxy 10.0.0.1:8774
//	}
//
// docs/gateway.md has all options, and a Caddyfile for a whole cloud. A Caddy with
// these modules is built of cmd/caddy here, or with
//
//	xcaddy build --with github.com/ostrace/ostrace/caddy
//
// # Spans
//
// The app has an OpenTelemetry TracerProvider of its own, whose exporter the
// environment variables name that OpenTelemetry specifies: OTEL_TRACES_EXPORTER
// (otlp, console or none), OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME and so
// on. The service's name is ostrace-gateway unless they say otherwise. A sampler
// that they name has no effect: the policy decides.
// Attributes are cut after 512 characters, because callers choose some of them,
// unless OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT sets another limit.
//
// The access log of a request that was chosen has traceID and spanID, as with
// Caddy's own directive tracing, and the placeholders {http.vars.trace_id} and
// {http.vars.span_id} are set.
//
// # Metrics
//
// The metrics of the package gateway are in the registry that Caddy's directive
// metrics and its admin end point serve: ostrace_gateway_requests_total and
// ostrace_gateway_signatures_refused_total.
package caddy
