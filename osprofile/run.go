// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"context"
	"crypto/rand"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/uuid"
	"github.com/ostrace/ostrace/propagation"
)

const tracerName = "github.com/ostrace/ostrace/osprofile"

// Option configures [Profile.Start].
type Option interface {
	apply(*options)
}

type optionFunc func(*options)

func (f optionFunc) apply(o *options) { f(o) }

type options struct {
	provider trace.TracerProvider
	short    bool
}

// WithTracerProvider has the span started by provider instead of the global
// one (otel.GetTracerProvider). A nil provider changes nothing.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return optionFunc(func(o *options) {
		if provider != nil {
			o.provider = provider
		}
	})
}

// With64BitTraceID has the trace id that is made without an OpenTelemetry SDK
// begin with 8 zero bytes, for clouds that keep 64 bits of it: OSProfiler up to
// 4.3 with jaeger:// (osprofiler/drivers/jaeger.py). A program with an SDK gives
// its TracerProvider the IDGenerator64 of the package sdk instead.
func With64BitTraceID() Option {
	return optionFunc(func(o *options) { o.short = true })
}

// Start begins the command: it finds the key, starts the command's span, with
// the command's name, and returns a context with both for everything that the
// command does. [Run.End] ends it.
//
// The span belongs to the trace of ctx or of the environment, or else begins
// one, as the package's documentation says. With a key, a remote parent counts
// as sampled whatever it says, because who holds a key may switch tracing on.
// OpenTelemetry's sampler decides all the same, and where it drops the span
// nothing is signed; it finds the key in the parent context
// (propagation.ProfilerFromContext).
//
// Without an OpenTelemetry SDK there is no span, and requests are signed with
// the ids of the trace that the environment names, or else with a random UUID,
// as the openstack command does.
//
// The error says what to do and never shows the key; ctx is then returned as it
// came, with a nil Run. It is [ErrBothFlags]; or it wraps hmac.ErrKey where the
// key is unusable (hmac.NewKey says which are; also an empty --os-profile, and
// a file over [MaxKeyFileBytes] or with a byte order mark); or it wraps
// hmac.ErrDigest where OSTRACE_HMAC_DIGESTS has none, or where the digest may
// not be used in Go's FIPS 140-only mode; or it wraps the
// error of the operating system where the file can't be read; or it says that
// --os-profile-file has an empty value. An empty OS_PROFILE is no error and no
// key, as to the openstack command.
//
// Start reads standard input for --os-profile-file -, so it is called once.
func (p *Profile) Start(ctx context.Context, name string, opts ...Option) (context.Context, *Run, error) {
	key, err := p.resolve()
	if err != nil {
		return ctx, nil, err
	}
	o := options{provider: otel.GetTracerProvider()}
	for _, opt := range opts {
		opt.apply(&o)
	}

	ctx = joinOuter(ctx)
	if !key.IsZero() {
		ctx = sampleParent(ctx)
		ctx = propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: key})
	}
	ctx, span := o.provider.Tracer(tracerName).Start(ctx, name)
	run := &Run{span: span, keyed: !key.IsZero()}
	switch sc := span.SpanContext(); {
	case sc.IsValid() && sc.IsSampled():
		run.traceID = sc.TraceID()
	case !sc.IsValid() && run.keyed:
		if run.traceID = sc.TraceID(); !run.traceID.IsValid() { // a root that came in has one
			run.traceID = newTraceID()
			if o.short {
				clear(run.traceID[:8])
			}
		}
		id := propagation.BaseID(run.traceID)
		ctx = propagation.ContextWithProfiler(ctx, propagation.Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: id, ParentID: id}})
	}
	return ctx, run, nil
}

// newTraceID returns a random UUID, as Python's profiler does.
func newTraceID() trace.TraceID {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	return trace.TraceID(uuid.NewV4(random))
}

// Run is a command from [Profile.Start] to its end. It is safe for concurrent
// use. A nil Run is a command that never started: its methods do nothing.
type Run struct {
	span    trace.Span
	keyed   bool
	traceID trace.TraceID // zero where nothing is recorded
	end     sync.Once
}

// End ends the command's span. With an err other than nil the span's status is
// Error with the err's text, and its attribute error.type is the err's, as
// OpenTelemetry's semantic conventions say ("Recording errors"). The text is
// recorded as it stands, so it is to hold no secret. Only the first call
// counts.
func (r *Run) End(err error) {
	if r == nil {
		return
	}
	r.end.Do(func() {
		if err != nil {
			r.span.SetStatus(codes.Error, err.Error())
			r.span.SetAttributes(semconv.ErrorType(err))
		}
		r.span.End()
	})
}

// TraceID returns the id of the command's trace as OpenTelemetry's tools write
// it, 32 hex digits. It is empty where nothing is recorded under that id: the
// span was not sampled, or there is neither a key nor a span.
func (r *Run) TraceID() string {
	if r == nil || !r.traceID.IsValid() {
		return ""
	}
	return r.traceID.String()
}

// BaseID returns the same id as OSProfiler's tools write it, a UUID: what
// osprofiler trace show takes. It is empty where TraceID is, and where no key
// was given, so that the cloud recorded nothing.
func (r *Run) BaseID() string {
	if r == nil || !r.keyed || !r.traceID.IsValid() {
		return ""
	}
	return propagation.BaseID(r.traceID)
}
