// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/propagation"
)

const (
	outerTrace = "b74f34105463852d009c4723dde138d8"
	outerBase  = "b74f3410-5463-852d-009c-4723dde138d8"
	outerSpan  = "423e96d038e9de81"
)

func newSDK(opts ...sdktrace.TracerProviderOption) (*sdktrace.TracerProvider, *tracetest.InMemoryExporter) {
	exporter := tracetest.NewInMemoryExporter()
	return sdktrace.NewTracerProvider(append(opts, sdktrace.WithSyncer(exporter))...), exporter
}

func keyed() *Profile {
	var profile Profile
	_ = profile.KeyFlag().Set(testSecret)
	return &profile
}

func start(t *testing.T, profile *Profile, provider trace.TracerProvider) (context.Context, *Run) {
	t.Helper()
	ctx, run, err := profile.Start(t.Context(), "mytool server list", WithTracerProvider(provider))
	if err != nil {
		t.Fatal(err)
	}
	return ctx, run
}

// sent returns the ids that a request under ctx carries without a global
// propagator, and whether it is signed with testSecret.
func sent(t *testing.T, ctx context.Context) (hmac.TraceInfo, bool) {
	t.Helper()
	header := http.Header{}
	propagation.OSProfiler{}.Inject(ctx, otelpropagation.HeaderCarrier(header))
	if len(header) == 0 {
		return hmac.TraceInfo{}, false
	}
	key, err := hmac.NewKey(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	info, _, err := hmac.Keys{key}.SignedUnpack(header.Get(hmac.HeaderInfo), header.Get(hmac.HeaderHMAC))
	if err != nil {
		t.Fatalf("%v: %v", header, err)
	}
	return info, true
}

// One trace, the bridge, and signed means sampled: the ids of the command's
// span are sent, and they are signed where a key was given and the span is
// sampled.
func TestStart(t *testing.T) {
	unsampled, sampled := "00-"+outerTrace+"-"+outerSpan+"-00", "00-"+outerTrace+"-"+outerSpan+"-01"
	always, never := sdktrace.AlwaysSample(), sdktrace.NeverSample()
	for name, test := range map[string]struct {
		key         bool
		sampler     sdktrace.Sampler
		traceparent string
		recorded    bool
		joined      bool
	}{
		"key":                            {key: true, sampler: sdktrace.ParentBased(always), recorded: true},
		"key, joined":                    {key: true, sampler: sdktrace.ParentBased(always), traceparent: sampled, recorded: true, joined: true},
		"key, joined to an unsampled":    {key: true, sampler: sdktrace.ParentBased(always), traceparent: unsampled, recorded: true, joined: true},
		"key, bad traceparent":           {key: true, sampler: sdktrace.ParentBased(always), traceparent: "00-0-0-00", recorded: true},
		"key, dropped":                   {key: true, sampler: sdktrace.ParentBased(never)},
		"key, joined, dropped":           {key: true, sampler: never, traceparent: sampled, joined: true},
		"no key":                         {sampler: sdktrace.ParentBased(always), recorded: true},
		"no key, joined":                 {sampler: sdktrace.ParentBased(never), traceparent: sampled, recorded: true, joined: true},
		"no key, joined to an unsampled": {sampler: sdktrace.ParentBased(always), traceparent: unsampled, joined: true},
		"no key, dropped":                {sampler: never},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TRACEPARENT", test.traceparent)
			t.Setenv("TRACESTATE", "vendor=1")
			t.Setenv("BAGGAGE", "job=42")
			provider, exporter := newSDK(sdktrace.WithSampler(test.sampler))
			profile := &Profile{}
			if test.key {
				profile = keyed()
			}
			ctx, run := start(t, profile, provider)

			sc := trace.SpanContextFromContext(ctx)
			if joined := sc.TraceID().String() == outerTrace; joined != test.joined || joined != (sc.TraceState().Get("vendor") == "1") {
				t.Errorf("span %+v, want joined %v", sc, test.joined)
			}
			if got := baggage.FromContext(ctx).Member("job").Value(); got != "42" {
				t.Errorf("baggage %q", got)
			}
			wantTrace, wantBase := "", ""
			if test.recorded {
				wantTrace = sc.TraceID().String()
			}
			info, signed := sent(t, ctx)
			if signed != (test.key && test.recorded) {
				t.Errorf("signed %v", signed)
			}
			if signed {
				wantBase = propagation.BaseID(sc.TraceID())
				if want := (hmac.TraceInfo{BaseID: wantBase, ParentID: propagation.ParentID(sc.TraceID(), sc.SpanID())}); info != want {
					t.Errorf("sent %+v, want %+v", info, want)
				}
			}
			if run.TraceID() != wantTrace || run.BaseID() != wantBase {
				t.Errorf("ids %q and %q, want %q and %q", run.TraceID(), run.BaseID(), wantTrace, wantBase)
			}

			run.End(nil)
			spans := exporter.GetSpans()
			if test.recorded != (len(spans) == 1) {
				t.Fatalf("recorded %d spans", len(spans))
			}
			if !test.recorded {
				return
			}
			span := spans[0]
			if span.Name != "mytool server list" || span.Status.Code != codes.Unset || span.SpanContext.SpanID() != sc.SpanID() {
				t.Errorf("recorded %+v", span)
			}
			if parent := span.Parent; test.joined && (parent.SpanID().String() != outerSpan || !parent.IsRemote()) || !test.joined && parent.IsValid() {
				t.Errorf("parent %+v", parent)
			}
		})
	}
}

func withoutSDK() map[string]trace.TracerProvider {
	return map[string]trace.TracerProvider{"global": nil, "noop": noop.NewTracerProvider()}
}

var uuid4 = regexp.MustCompile("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

// Without an SDK a command opens no span, as Python's profiler opens no point
// of its own.
func TestStartWithoutSDK(t *testing.T) {
	for name, provider := range withoutSDK() {
		ctx, run := start(t, keyed(), provider)
		info, signed := sent(t, ctx)
		if !signed || !uuid4.MatchString(info.BaseID) || info.ParentID != info.BaseID {
			t.Errorf("%s: sent %+v, %v", name, info, signed)
		}
		if run.BaseID() != info.BaseID || run.TraceID() != strings.ReplaceAll(info.BaseID, "-", "") {
			t.Errorf("%s: ids %q and %q, sent %+v", name, run.TraceID(), run.BaseID(), info)
		}
		if got := propagation.GlobalRequestID(ctx); got != "req-"+info.BaseID {
			t.Errorf("%s: request id %q", name, got)
		}
		if _, another := start(t, keyed(), provider); another.BaseID() == info.BaseID {
			t.Errorf("%s: two commands have one id", name)
		}
		run.End(errors.New("refused"))
	}
}

func TestStartWithoutSDKJoins(t *testing.T) {
	for name, provider := range withoutSDK() {
		for _, flags := range []string{"00", "01"} {
			t.Setenv("TRACEPARENT", "00-"+outerTrace+"-"+outerSpan+"-"+flags)
			ctx, run := start(t, keyed(), provider)
			info, signed := sent(t, ctx)
			want := hmac.TraceInfo{BaseID: outerBase, ParentID: "b74f3410-5463-852d-423e-96d038e9de81"}
			if !signed || info != want || run.BaseID() != outerBase || run.TraceID() != outerTrace {
				t.Errorf("%s, flags %s: sent %+v, %v; ids %q and %q", name, flags, info, signed, run.TraceID(), run.BaseID())
			}
		}
	}
}

// Off costs nothing.
func TestStartWithoutSDKAndKey(t *testing.T) {
	for name, provider := range withoutSDK() {
		ctx, run := start(t, &Profile{}, provider)
		if _, signed := sent(t, ctx); signed || run.TraceID() != "" || run.BaseID() != "" {
			t.Errorf("%s: signed %v, ids %q and %q", name, signed, run.TraceID(), run.BaseID())
		}
		if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
			t.Errorf("%s: span %+v", name, sc)
		}
		run.End(nil)
	}
}

func TestStartUsesTheGlobalProvider(t *testing.T) {
	provider, exporter := newSDK()
	otel.SetTracerProvider(provider)
	t.Cleanup(func() { otel.SetTracerProvider(noop.NewTracerProvider()) })
	_, run := start(t, &Profile{}, nil)
	run.End(nil)
	if spans := exporter.GetSpans(); len(spans) != 1 || spans[0].InstrumentationScope.Name != "github.com/ostrace/ostrace/osprofile" {
		t.Errorf("recorded %+v", spans)
	}
}

// The program's own span is closer than the environment's.
func TestStartUnderASpan(t *testing.T) {
	t.Setenv("TRACEPARENT", "00-"+outerTrace+"-"+outerSpan+"-01")
	t.Setenv("BAGGAGE", "job=42")
	provider, _ := newSDK()
	ctx, parent := provider.Tracer("").Start(t.Context(), "parent")
	defer parent.End()
	ctx, run, err := keyed().Start(ctx, "child", WithTracerProvider(provider))
	if err != nil {
		t.Fatal(err)
	}
	if run.TraceID() != parent.SpanContext().TraceID().String() || baggage.FromContext(ctx).Len() != 0 {
		t.Errorf("trace %q, want %s", run.TraceID(), parent.SpanContext().TraceID())
	}
}

// Signed means sampled: the decision of the program's own sampler is not
// overruled.
func TestStartUnderAnUnsampledSpan(t *testing.T) {
	provider, _ := newSDK(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	ctx, parent := provider.Tracer("").Start(t.Context(), "parent")
	defer parent.End()
	ctx, run, err := keyed().Start(ctx, "child", WithTracerProvider(provider))
	if err != nil {
		t.Fatal(err)
	}
	if _, signed := sent(t, ctx); signed || run.BaseID() != "" {
		t.Errorf("signed %v, id %q", signed, run.BaseID())
	}
}

type samplerFunc func(sdktrace.SamplingParameters) sdktrace.SamplingResult

func (f samplerFunc) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult { return f(p) }
func (samplerFunc) Description() string                                                  { return "test" }

func TestSamplerFindsTheKey(t *testing.T) {
	var found hmac.Key
	provider, _ := newSDK(sdktrace.WithSampler(samplerFunc(func(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
		found = propagation.ProfilerFromContext(p.ParentContext).Key
		return sdktrace.SamplingResult{}
	})))
	start(t, keyed(), provider)
	if !isKeyOf(t, found, testSecret) {
		t.Errorf("found %v", found)
	}
}

type typedError struct{}

func (typedError) Error() string { return "quota exceeded" }

func TestEndRecordsTheError(t *testing.T) {
	provider, exporter := newSDK()
	_, run := start(t, &Profile{}, provider)
	run.End(fmt.Errorf("create: %w", typedError{}))
	run.End(nil)
	run.End(errors.New("too late"))
	spans := exporter.GetSpans()
	if len(spans) != 1 {
		t.Fatalf("recorded %d spans", len(spans))
	}
	if want := (sdktrace.Status{Code: codes.Error, Description: "create: quota exceeded"}); spans[0].Status != want {
		t.Errorf("status %+v", spans[0].Status)
	}
	want := attribute.String("error.type", "github.com/ostrace/ostrace/osprofile.typedError")
	if got := spans[0].Attributes; len(got) != 1 || got[0] != want {
		t.Errorf("attributes %v", got)
	}
}

// countingSpan counts how often it is ended: an SDK's span must not be ended
// twice.
type countingSpan struct {
	noop.Span
	ends, statuses int
}

func (s *countingSpan) End(...trace.SpanEndOption)   { s.ends++ }
func (s *countingSpan) SetStatus(codes.Code, string) { s.statuses++ }

func TestOnlyTheFirstEndCounts(t *testing.T) {
	span := &countingSpan{}
	run := &Run{span: span}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { run.End(errors.New("refused")) })
	}
	group.Wait()
	if span.ends != 1 || span.statuses != 1 {
		t.Errorf("ended %d times with %d statuses", span.ends, span.statuses)
	}
}

func TestRunIsSafeForConcurrentUse(t *testing.T) {
	provider, exporter := newSDK()
	_, run := start(t, keyed(), provider)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			run.End(errors.New("refused"))
			_ = run.WriteClosing(io.Discard)
			_ = run.TraceID() + run.BaseID()
			if n := len(exporter.GetSpans()); n != 1 {
				t.Errorf("after End %d spans are recorded", n)
			}
		})
	}
	group.Wait()
}

func TestNilRunDoesNothing(t *testing.T) {
	var run *Run
	run.End(errors.New("refused"))
	var output strings.Builder
	if err := run.WriteClosing(&output); err != nil || output.String()+run.TraceID()+run.BaseID() != "" {
		t.Errorf("%q, %v", output.String(), err)
	}
}

func TestWith64BitTraceID(t *testing.T) {
	ctx, run, err := keyed().Start(t.Context(), "mytool", With64BitTraceID())
	if err != nil {
		t.Fatal(err)
	}
	info, signed := sent(t, ctx)
	if !signed || !strings.HasPrefix(run.TraceID(), "0000000000000000") || strings.HasSuffix(run.TraceID(), "0000000000000000") ||
		info.BaseID != run.BaseID() || info.ParentID != info.BaseID {
		t.Errorf("trace %s, sent %+v", run.TraceID(), info)
	}
	if _, run, err := keyed().Start(t.Context(), "mytool"); err != nil || strings.HasPrefix(run.TraceID(), "0000000000000000") {
		t.Errorf("trace %s, %v", run.TraceID(), err)
	}
}
