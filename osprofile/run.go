// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"context"
	"crypto/rand"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
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

// WithTracerProvider makes [Profile.Start] start the span with provider, and
// not with the global TracerProvider (otel.GetTracerProvider). A nil provider
// changes nothing.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return optionFunc(func(o *options) {
		if provider != nil {
			o.provider = provider
		}
	})
}

// With64BitTraceID makes the trace id begin with 8 zero bytes where there is no
// OpenTelemetry SDK. It is for clouds that keep only 64 bits of the id, which
// are those with OSProfiler up to 4.3 and jaeger://
// (osprofiler/drivers/jaeger.py). A program with an SDK gives its
// TracerProvider the IDGenerator64 of the package sdk instead.
func With64BitTraceID() Option {
	return optionFunc(func(o *options) { o.short = true })
}

// Start begins the command: it finds the key, starts the command's span, with
// the command's name, and returns a context with both for everything that the
// command does. [Run.End] ends it.
//
// The span belongs to the trace of ctx or of the environment, or else begins
// one, as the package's documentation says. With a key, a remote parent is
// taken for sampled whatever it says, because the holder of a key may switch
// tracing on. OpenTelemetry's sampler decides then, and finds the key in the
// parent context (propagation.ProfilerFromContext). Where it drops the span,
// nothing is signed.
//
// Without an OpenTelemetry SDK there is no span, and requests are signed with
// the ids of the trace that the environment names, or else with a random UUID,
// as the openstack command does.
//
// The error says what to do, and never shows the key. With an error, Start
// returns ctx unchanged and a nil Run. The error is [ErrBothFlags] where both
// flags are given. It wraps hmac.ErrKey where the key is unusable: hmac.NewKey
// refuses it, --os-profile is empty, or the file is longer than
// [MaxKeyFileBytes] or has a byte order mark. It wraps hmac.ErrDigest where
// OSTRACE_HMAC_DIGESTS names no digest, or one that may not be used in Go's
// FIPS 140-only mode. It wraps the operating system's error where the file
// can't be read. And it is another error where the value of --os-profile-file
// is empty. An empty OS_PROFILE is the same as none, as for the openstack
// command.
//
// Start reads standard input for --os-profile-file -, so call it only once.
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
		if run.traceID = sc.TraceID(); !run.traceID.IsValid() { // a root that came in has a trace id
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

// Run is a command that [Profile.Start] has begun. It is safe for concurrent
// use. A nil Run stands for a command that never started: its methods do
// nothing.
type Run struct {
	span    trace.Span
	keyed   bool
	traceID trace.TraceID // zero where nothing is recorded
	end     sync.Once
}

// End ends the command's span. Where err is not nil, the span gets the status
// Error with err's text, and the attribute error.type, as OpenTelemetry's
// semantic conventions say ("Recording errors"). The text is recorded
// unchanged, so it must not hold a secret. All calls but the first do nothing.
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

// BaseID returns the same id as OSProfiler's tools write it, which is a UUID.
// The command osprofiler trace show takes it. It is empty where TraceID is
// empty, and where no key was given, because the cloud recorded nothing then.
func (r *Run) BaseID() string {
	if r == nil || !r.keyed || !r.traceID.IsValid() {
		return ""
	}
	return propagation.BaseID(r.traceID)
}
