// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/uuid"
)

// OSProfiler is the propagator of X-Trace-Info and X-Trace-HMAC alone. The zero
// OSProfiler has no keys: it accepts no header, and signs only where the
// context carries a key ([ContextWithProfiler]). It is safe for concurrent use.
//
// A program that composes propagators by hand must put it after OpenTelemetry's
// TraceContext, because it decides between the two kinds of header, and needs
// the span context that TraceContext found.
type OSProfiler struct {
	ring *hmac.KeyRing
}

var _ propagation.TextMapPropagator = OSProfiler{}

// NewOSProfiler returns a propagator that accepts headers which are signed with
// one of the keys, and tries the keys in their order. It signs with the key and
// the digest that verified the incoming request, or else with the first key.
func NewOSProfiler(keys ...hmac.Key) OSProfiler {
	return OSProfiler{ring: hmac.NewKeyRing(keys...)}
}

// FromKeyRing returns a propagator whose keys are those that the ring has at
// each moment.
func FromKeyRing(ring *hmac.KeyRing) OSProfiler { return OSProfiler{ring: ring} }

// New returns a propagator of W3C Trace Context, W3C Baggage and OSProfiler's
// headers, for which the rules of this package hold. The keys are those of
// [NewOSProfiler].
func New(keys ...hmac.Key) propagation.TextMapPropagator {
	return propagation.NewCompositeTextMapPropagator(
		propagation.TraceContext{}, propagation.Baggage{}, NewOSProfiler(keys...))
}

// FromEnv returns a propagator with the key of [hmac.KeyFromEnv]: the key of
// the environment variable OS_PROFILE, which the openstack command reads too,
// with the digests of OSTRACE_HMAC_DIGESTS. Without OS_PROFILE it returns the
// zero OSProfiler. It reports an unusable key or digest to OpenTelemetry's
// error handler (otel.Handle), as OpenTelemetry does for its own environment
// variables, and ignores it otherwise.
func FromEnv() OSProfiler {
	key, err := hmac.KeyFromEnv()
	if err != nil {
		otel.Handle(err)
	}
	if key.IsZero() {
		return OSProfiler{}
	}
	return NewOSProfiler(key)
}

// Fields returns the names of the two headers.
func (OSProfiler) Fields() []string { return []string{hmac.HeaderInfo, hmac.HeaderHMAC} }

// Inject writes the signed headers of the context's trace into the carrier,
// where the package's rules say that they are sent.
func (o OSProfiler) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	sc := trace.SpanContextFromContext(ctx)
	if sc.IsValid() && !sc.IsSampled() {
		return
	}
	p := profilerFromContext(ctx)
	var key hmac.Key
	switch {
	case p != nil && !p.Key.IsZero():
		key = p.Key
	default:
		if keys := o.ring.Keys(); len(keys) > 0 {
			key = keys[0]
		}
	}
	if key.IsZero() {
		return
	}
	t, ok := outgoing(sc, p)
	if !ok {
		return
	}
	info, mac := key.SignedPack(t)
	if len(info) > hmac.MaxHeaderBytes { // escaping makes ids longer
		return
	}
	if header, ok := carrier.(propagation.HeaderCarrier); ok {
		values := [...]string{info, mac}
		header[httpheader.TraceInfo], header[httpheader.TraceHMAC] = values[0:1:1], values[1:2:2]
		return
	}
	carrier.Set(hmac.HeaderInfo, info)
	carrier.Set(hmac.HeaderHMAC, mac)
}

// outgoing returns the ids to send for the span sc in a context that carries p.
func outgoing(sc trace.SpanContext, p *Profiler) (t hmac.TraceInfo, ok bool) {
	if p != nil && p.Trace.BaseID != "" {
		switch {
		case !sc.HasTraceID(), !p.parent.HasTraceID(), sc.TraceID() == p.parent.TraceID() && sc.SpanID() == p.parent.SpanID():
			return p.Trace, true
		case sc.TraceID() == p.parent.TraceID():
			// Redis, SQL and the other stores find a trace by the text of its
			// base_id, so the text must not change.
			t.BaseID = p.Trace.BaseID
		}
	}
	if !sc.IsValid() {
		return t, false
	}
	traceID, spanID := sc.TraceID(), sc.SpanID()
	ids := make([]byte, 0, 2*uuid.Len)
	ids = uuid.UUID(traceID).Append(ids)
	ids = uuid.Join(traceID[:8], spanID[:]).Append(ids)
	both := string(ids)
	if t.BaseID == "" {
		t.BaseID = both[:uuid.Len]
	}
	if t.ParentID = both[uuid.Len:]; t.ParentID == both[:uuid.Len] {
		t.ParentID = t.BaseID
	}
	return t, true
}

// Extract returns a context with the trace that the carrier's headers name, if
// they are signed with one of the keys; otherwise it returns ctx. The remote
// span context of a root has a TraceID and no SpanID, as the package's
// documentation says.
func (o OSProfiler) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	keys := o.ring.Keys()
	if len(keys) == 0 {
		return ctx
	}
	info, mac := signedHeaders(carrier)
	t, key, err := keys.SignedUnpack(info, mac)
	if err != nil {
		return ctx
	}
	c := &profilerContext{Context: ctx, profiler: Profiler{Key: key, Trace: t}}
	signed, bridged := bridge(t)
	w3c := trace.SpanContextFromContext(ctx)
	if !w3c.IsRemote() {
		w3c = trace.SpanContext{}
	}
	parent := signed
	switch {
	case !bridged:
		parent = w3c.WithTraceFlags(w3c.TraceFlags().WithSampled(true))
	case w3c.TraceID() == signed.TraceID():
		parent = w3c.WithTraceFlags(w3c.TraceFlags().WithSampled(true))
		c.profiler.parent = parent
	default:
		c.profiler.LinkedSpanContext = w3c
		c.profiler.parent = signed
	}
	if !parent.HasTraceID() || parent.TraceID() == w3c.TraceID() && w3c.IsSampled() { // as it is in ctx
		return c
	}
	return trace.ContextWithRemoteSpanContext(c, parent)
}

// signedHeaders returns the two headers. A header that is there twice is taken
// for absent. OSProfiler refuses it too, because a WSGI server joins the two
// values.
func signedHeaders(carrier propagation.TextMapCarrier) (info, mac string) {
	switch carrier := carrier.(type) {
	case propagation.HeaderCarrier:
		return once(carrier[httpheader.TraceInfo], carrier[httpheader.TraceHMAC])
	case propagation.ValuesGetter:
		return once(carrier.Values(hmac.HeaderInfo), carrier.Values(hmac.HeaderHMAC))
	}
	return carrier.Get(hmac.HeaderInfo), carrier.Get(hmac.HeaderHMAC)
}

func once(infos, macs []string) (info, mac string) {
	if len(infos) != 1 || len(macs) != 1 {
		return "", ""
	}
	return infos[0], macs[0]
}
