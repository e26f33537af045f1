// SPDX-License-Identifier: Apache-2.0

// Package caddy is the package gateway for Caddy v2. It decides in a Caddy in
// front of a cloud's APIs which requests the cloud traces. Caddy itself provides
// TLS, HTTP/2 and HTTP/3, upstreams and reloads.
//
// The package has two Caddy modules. The app ostrace holds the keys and the
// policy. The handler http.handlers.ostrace comes before each reverse_proxy to the
// cloud. In a Caddyfile they are a global option and a directive:
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
// docs/gateway.md describes all options, and names a Caddyfile for a whole cloud.
// The command cmd/caddy of this module is a Caddy with these modules. xcaddy
// builds one too:
//
//	xcaddy build --with github.com/ostrace/ostrace/caddy
//
// # Spans
//
// The app has its own OpenTelemetry TracerProvider. OpenTelemetry's environment
// variables configure its exporter: OTEL_TRACES_EXPORTER (otlp, console or none),
// OTEL_EXPORTER_OTLP_ENDPOINT and so on. The service's name is ostrace-gateway,
// unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES sets another one. A sampler
// in the environment has no effect, because the policy decides.
// Attributes are cut after 512 characters, because callers choose some of them,
// unless OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT sets another limit.
//
// The access log shows the traceID and spanID of a chosen request, as with Caddy's
// own directive tracing. The placeholders {http.vars.trace_id} and
// {http.vars.span_id} have them too.
//
// # Metrics
//
// Caddy's directive metrics and its admin end point serve the metrics of the
// package gateway: ostrace_gateway_requests_total and
// ostrace_gateway_signatures_refused_total.
package caddy
