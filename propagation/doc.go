// SPDX-License-Identifier: Apache-2.0

// Package propagation carries OSProfiler's signed headers through
// OpenTelemetry's propagation API, and bridges OSProfiler's ids and
// OpenTelemetry's.
//
// A program that talks to OpenStack sets it up once:
//
//	key, err := hmac.NewKey(secret) // one of the cloud's [profiler] hmac_keys
//	if err != nil {
//		return err
//	}
//	otel.SetTextMapPropagator(propagation.New(key))
//
// From then on every library that uses OpenTelemetry's propagators sends both
// kinds of header for each sampled span: traceparent, tracestate and baggage,
// and X-Trace-Info and X-Trace-HMAC. Both name the same trace. That includes
// requests to hosts that have nothing to do with the cloud; the Transport of
// the package otelhttp and the package gophercloudtrace sign only requests that
// go to the cloud.
//
// With go.opentelemetry.io/contrib/propagators/autoprop, one line lets users
// choose the propagator by OTEL_PROPAGATORS=tracecontext,baggage,osprofiler. It
// takes its key from OS_PROFILE, and its digests from OSTRACE_HMAC_DIGESTS:
//
//	autoprop.RegisterTextMapPropagator("osprofiler", propagation.FromEnv())
//
// # The bridge
//
// OSProfiler names a trace by base_id and the caller's point by parent_id, both
// UUIDs. OpenTelemetry has a TraceID of 16 bytes and a SpanID of 8. base_id is
// the TraceID written as a UUID; parent_id is the first half of the TraceID
// followed by the SpanID, written as a UUID. In the other direction, the
// TraceID is base_id, and the SpanID is the last 8 bytes of parent_id. A
// parent_id of 16 hex digits is the SpanID itself ([SpanID] says where such a
// parent_id comes from). OSProfiler's OTLP and Jaeger drivers take the same
// bytes (osprofiler/_utils.py, uuid_to_int128 and shorten_id), so the spans
// that services export hang under the span whose ids were sent.
//
// # A root is a root
//
// A parent_id that is equal to the base_id says that there is no parent. The
// openstack command and the other Python command-line clients send it. The
// remote span context has the TraceID and no SpanID then, so that the
// OpenTelemetry SDK opens a root span in that trace. The same holds where
// parent_id can't be read, because a base_id that is a UUID decides the trace
// whatever the parent_id is.
//
// IsValid reports false for such a span context. OpenTelemetry's TraceContext
// sends no traceparent for it, and OpenTelemetry's ParentBased sampler asks its
// root sampler about it:
//
//	sampler                              a root that was signed is sampled
//	ParentBased(AlwaysSample())          yes
//	ParentBased(NeverSample())           no
//	ParentBased(TraceIDRatioBased(0.1))  one in ten
//	sdk.SignedSampler(any of them)       yes
//
// Where there is a parent, because traceparent named one in the same trace or
// parent_id names one, ParentBased samples the signed request in each of these
// cases.
//
// # When both kinds of header come in
//
// This table holds for the propagator of [New], and for one that a program
// composes by hand with [OSProfiler] after OpenTelemetry's TraceContext:
//
//	signature                   traceparent's trace  the parent is                  sampled
//	valid                       the same             traceparent's, tracestate      yes
//	valid                       another              the signed one; [Profiler]     yes
//	                                                 has the other, to link to
//	valid, a root, or a         the same             traceparent's, tracestate      yes
//	parent_id of no span
//	valid, a root, or a         another, or none     none, in the signed trace;     as the table above
//	parent_id of no span                             [Profiler] has the other       says
//	valid, base_id not a UUID   any or none          traceparent's or none          yes
//	missing or invalid          any or none          traceparent's or none          as traceparent says
//
// Where the signed base_id is not a UUID and there is no traceparent, no span
// context carries the sampled flag. The SignedSampler of the package sdk finds
// the signature in the context in this case too.
//
// # What goes out
//
// For a sampled span the propagator sends the span's ids. It signs them with
// the key and the digest that verified the incoming request, or else with its
// own first key. Where no span was opened since the headers came in, it sends
// the parent_id that came in. Where base_id is not a UUID, it sends the ids
// that came in unchanged. It sends nothing for a span that is not sampled,
// nothing without a key, and nothing where the ids that came in would need more
// than [hmac.MaxHeaderBytes].
package propagation
