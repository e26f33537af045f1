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
// from OS_PROFILE, after one line:
//
//	autoprop.RegisterTextMapPropagator("osprofiler", propagation.FromEnv())
//
// # The bridge
//
// OSProfiler names a trace by base_id and the caller's point by parent_id, both
// UUIDs. OpenTelemetry has a TraceID of 16 bytes and a SpanID of 8. base_id is
// the TraceID written as a UUID; parent_id is the first half of the TraceID
// followed by the SpanID, written as a UUID. Backwards, the TraceID is base_id
// and the SpanID the last 8 bytes of parent_id. These are the bytes that
// OSProfiler's OTLP and Jaeger drivers take (osprofiler/_utils.py,
// uuid_to_int128 and shorten_id), so the spans that services export hang under
// the span whose ids were sent.
//
// # When both kinds of header come in
//
// Composed by [New], or by hand with [OSProfiler] behind
// OpenTelemetry's TraceContext:
//
//	signature                   traceparent's trace  the parent is                sampled
//	valid                       the same             traceparent's, tracestate    yes
//	valid                       another              the signed one; [Profiler]   yes
//	                                                 has the other, to link to
//	valid, ids are not UUIDs    any or none          traceparent's or none        yes
//	missing or invalid          any or none          traceparent's or none        as traceparent says
//
// Where there is no parent, because the ids that were signed are not UUIDs, no
// span carries the sampled flag: the SignedSampler of the package sdk finds the
// signature in the context all the same.
//
// # What goes out
//
// A sampled span is sent as its own ids, signed with the key that verified what
// came in, or else with the propagator's first key. Where no span was opened
// since the headers came in, the very parent_id that came in is sent on. Ids
// that are not UUIDs are sent on as they came in. Nothing is sent for a span
// that is not sampled, or without a key, or where ids that came in would need
// more than [hmac.MaxHeaderBytes].
package propagation
