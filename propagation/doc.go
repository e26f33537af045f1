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
// From then on every library that uses OpenTelemetry's propagators sends, for
// each sampled span, traceparent, tracestate and baggage and beside them
// X-Trace-Info and X-Trace-HMAC, with the same trace in both. That includes
// requests to hosts that have nothing to do with the cloud; the Transport of
// the package otelhttp and the package gophercloudtrace sign only what goes to
// the cloud.
//
// With go.opentelemetry.io/contrib/propagators/autoprop the propagator is
// chosen by OTEL_PROPAGATORS=tracecontext,baggage,osprofiler and takes its key
// from OS_PROFILE, and its digests from OSTRACE_HMAC_DIGESTS, after one line:
//
//	autoprop.RegisterTextMapPropagator("osprofiler", propagation.FromEnv())
//
// # The bridge
//
// OSProfiler names a trace by base_id and the caller's point by parent_id, both
// UUIDs. OpenTelemetry has a TraceID of 16 bytes and a SpanID of 8. base_id is
// the TraceID written as a UUID; parent_id is the first half of the TraceID
// followed by the SpanID, written as a UUID. Backwards, the TraceID is base_id
// and the SpanID the last 8 bytes of parent_id, or a parent_id of 16 hex digits
// itself ([SpanID] says where that comes from). These are the bytes that
// OSProfiler's OTLP and Jaeger drivers take (osprofiler/_utils.py,
// uuid_to_int128 and shorten_id), so the spans that services export hang under
// the span whose ids were sent.
//
// # A root is a root
//
// A parent_id that is the base_id says that there is no parent: every Python
// command line sends it. The remote span context then has the TraceID and no
// SpanID, so that the OpenTelemetry SDK opens a root span in that trace. The same
// holds where parent_id can't be read: a base_id that is a UUID decides the
// trace, whatever the parent.
//
// Such a span context is not IsValid. OpenTelemetry's ParentBased sampler asks
// its root sampler for it, and TraceContext sends no traceparent for it:
//
//	sampler                              a root that was signed is sampled
//	ParentBased(AlwaysSample())          yes
//	ParentBased(NeverSample())           no
//	ParentBased(TraceIDRatioBased(0.1))  one in ten
//	sdk.SignedSampler(any of them)       yes
//
// Where a span is the parent, because traceparent came in for the same trace or
// parent_id names one, ParentBased samples what was signed in each of these.
//
// # When both kinds of header come in
//
// Composed by [New], or by hand with [OSProfiler] behind
// OpenTelemetry's TraceContext:
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
// Where there is neither a parent nor a trace, because the base_id that was
// signed is not a UUID, no span context carries the sampled flag: the
// SignedSampler of the package sdk finds the signature in the context all the
// same.
//
// # What goes out
//
// A sampled span is sent as its own ids, signed with the key that verified what
// came in, and in the same digest, or else with the propagator's first key.
// Where no span was opened since the headers came in, the same parent_id that
// came in is sent on. Where base_id is not a UUID, the ids are sent on as they
// came in. Nothing is sent for a span that is not sampled, or without a key, or
// where ids that came in would need more than [hmac.MaxHeaderBytes].
package propagation
