// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/quick"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
)

const (
	testTrace = "b74f34105463852d9c434723dde138d8"
	testBase  = "b74f3410-5463-852d-9c43-4723dde138d8"
	testSpan  = "423e96d038e9de81"
	// Python's profiler sends any UUID as parent_id.
	testParent = "9c25b2db-f6ba-d673-423e-96d038e9de81"
	otherTrace = "0af7651916cd43dd8448eb211c80319c"
	otherSpan  = "b7ad6b7169203331"
)

func mustKey(tb testing.TB, secret string) hmac.Key {
	tb.Helper()
	key, err := hmac.NewKey(secret)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func withDigest(tb testing.TB, key hmac.Key, digests ...hmac.Digest) hmac.Key {
	tb.Helper()
	key, err := key.WithDigests(digests...)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func spanContext(traceID, spanID string, sampled, remote bool) trace.SpanContext {
	config := trace.SpanContextConfig{Remote: remote}
	config.TraceID, _ = trace.TraceIDFromHex(traceID)
	config.SpanID, _ = trace.SpanIDFromHex(spanID)
	config.TraceFlags = config.TraceFlags.WithSampled(sampled)
	return trace.NewSpanContext(config)
}

func traceparent(traceID, flags string) string {
	return "00-" + traceID + "-" + otherSpan + "-" + flags
}

// sent returns the signed content of a header, and the key that signed it.
func sent(t *testing.T, header http.Header, keys ...hmac.Key) (hmac.TraceInfo, hmac.Key) {
	t.Helper()
	info, key, err := hmac.Keys(keys).SignedUnpack(header.Get(hmac.HeaderInfo), header.Get(hmac.HeaderHMAC))
	if err != nil {
		t.Fatalf("%v: %v", header, err)
	}
	return info, key
}

// One trace, and the bridge: both kinds of header name the same trace and span.
func TestInjectOneTrace(t *testing.T) {
	key := mustKey(t, "k")
	both := New(key)
	oneTrace := func(traceID trace.TraceID, spanID trace.SpanID) bool {
		sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled})
		header := http.Header{}
		both.Inject(trace.ContextWithSpanContext(t.Context(), sc), propagation.HeaderCarrier(header))
		if !sc.IsValid() {
			return len(header) == 0
		}
		info, _ := sent(t, header, key)
		parts := strings.Split(header.Get("traceparent"), "-")
		parent := strings.ReplaceAll(info.ParentID, "-", "")
		extracted := trace.SpanContextFromContext(both.Extract(t.Context(), propagation.HeaderCarrier(header)))
		return strings.ReplaceAll(info.BaseID, "-", "") == parts[1] && parent[16:] == parts[2] && parent[:16] == parts[1][:16] &&
			extracted.TraceID() == traceID && extracted.SpanID() == spanID && extracted.IsSampled() && extracted.IsRemote()
	}
	if err := quick.Check(oneTrace, nil); err != nil {
		t.Error(err)
	}
	// Span ids 1 and the trace's own last half; a 64-bit trace; no ids at all.
	for _, ids := range [][2]string{{testTrace, "0000000000000001"}, {testTrace, testTrace[16:]}, {strings.Repeat("0", 31) + "1", testSpan}, {}} {
		sc := spanContext(ids[0], ids[1], true, false)
		if !oneTrace(sc.TraceID(), sc.SpanID()) {
			t.Errorf("ids %v", ids)
		}
	}
}

// Signed means sampled, and off costs nothing: without a sampled span or
// without a key nothing is sent.
func TestInjectOnlySampledAndWithKey(t *testing.T) {
	key := mustKey(t, "k")
	sampled := trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, true, false))
	unsampled := trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, false, false))
	withKey := func(ctx context.Context) context.Context { return ContextWithProfiler(ctx, Profiler{Key: key}) }
	for name, test := range map[string]struct {
		propagator OSProfiler
		ctx        context.Context
		want       bool
	}{
		"sampled, key":                    {NewOSProfiler(key), sampled, true},
		"sampled, key in context":         {OSProfiler{}, withKey(sampled), true},
		"sampled, no key":                 {OSProfiler{}, sampled, false},
		"sampled, zero key":               {NewOSProfiler(hmac.Key{}), sampled, false},
		"unsampled, key":                  {NewOSProfiler(key), unsampled, false},
		"unsampled, key in context":       {OSProfiler{}, withKey(unsampled), false},
		"no span, key":                    {NewOSProfiler(key), t.Context(), false},
		"no span, key in context":         {OSProfiler{}, withKey(t.Context()), false},
		"unsampled, signed ids came in":   {OSProfiler{}, ContextWithProfiler(unsampled, Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: "1"}}), false},
		"no span, ids without a key":      {OSProfiler{}, ContextWithProfiler(t.Context(), Profiler{Trace: hmac.TraceInfo{BaseID: "1"}}), false},
		"no span, ids of a program's own": {OSProfiler{}, ContextWithProfiler(t.Context(), Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: testBase}}), true},
	} {
		header := http.Header{}
		test.propagator.Inject(test.ctx, propagation.HeaderCarrier(header))
		if got := len(header) > 0; got != test.want {
			t.Errorf("%s: sent %v", name, header)
		}
	}
}

// The table of the package's documentation holds in whatever order the headers
// are.
func TestExtract(t *testing.T) {
	key := mustKey(t, "k")
	same := traceparent(testTrace, "00")
	another := traceparent(otherTrace, "00")
	uuids := hmac.TraceInfo{BaseID: testBase, ParentID: testParent}
	odd := hmac.TraceInfo{BaseID: "1", ParentID: "2"}
	root := hmac.TraceInfo{BaseID: testBase, ParentID: testBase}
	unreadable := hmac.TraceInfo{BaseID: testBase, ParentID: "not a UUID"}
	digits := hmac.TraceInfo{BaseID: testBase, ParentID: otherSpan}
	inTrace := spanContext(testTrace, "", true, true) // without a parent
	for name, test := range map[string]struct {
		signed      *hmac.TraceInfo
		with        hmac.Key
		traceparent string
		want        trace.SpanContext
		linked      trace.SpanContext
	}{
		"valid":                          {signed: &uuids, want: spanContext(testTrace, testSpan, true, true)},
		"valid, same trace":              {signed: &uuids, traceparent: same, want: spanContext(testTrace, otherSpan, true, true)},
		"valid, another trace":           {signed: &uuids, traceparent: another, want: spanContext(testTrace, testSpan, true, true), linked: spanContext(otherTrace, otherSpan, false, true)},
		"valid, same trace, sampled":     {signed: &uuids, traceparent: traceparent(testTrace, "01"), want: spanContext(testTrace, otherSpan, true, true)},
		"valid, another trace, sampled":  {signed: &uuids, traceparent: traceparent(otherTrace, "01"), want: spanContext(testTrace, testSpan, true, true), linked: spanContext(otherTrace, otherSpan, true, true)},
		"not UUIDs, traceparent sampled": {signed: &odd, traceparent: traceparent(otherTrace, "01"), want: spanContext(otherTrace, otherSpan, true, true)},
		"a root, another trace, sampled": {signed: &root, traceparent: traceparent(otherTrace, "01"), want: inTrace, linked: spanContext(otherTrace, otherSpan, true, true)},
		"valid, bad traceparent":         {signed: &uuids, traceparent: "00-0-0-0", want: spanContext(testTrace, testSpan, true, true)},
		"not UUIDs":                      {signed: &odd},
		"not UUIDs, traceparent":         {signed: &odd, traceparent: another, want: spanContext(otherTrace, otherSpan, true, true)},
		"other key":                      {signed: &uuids, with: mustKey(t, "other")},
		"other key, same trace":          {signed: &uuids, with: mustKey(t, "other"), traceparent: same, want: spanContext(testTrace, otherSpan, false, true)},
		"other key, another trace":       {signed: &uuids, with: mustKey(t, "other"), traceparent: another, want: spanContext(otherTrace, otherSpan, false, true)},
		"none":                           {},
		"traceparent alone":              {traceparent: traceparent(otherTrace, "01"), want: spanContext(otherTrace, otherSpan, true, true)},

		"a root":                  {signed: &root, want: inTrace},
		"a root, same trace":      {signed: &root, traceparent: same, want: spanContext(testTrace, otherSpan, true, true)},
		"a root, another trace":   {signed: &root, traceparent: another, want: inTrace, linked: spanContext(otherTrace, otherSpan, false, true)},
		"a root, other key":       {signed: &root, with: mustKey(t, "other")},
		"a root, without hyphens": {signed: &hmac.TraceInfo{BaseID: testBase, ParentID: testTrace}, want: inTrace},
		"a root, upper case":      {signed: &hmac.TraceInfo{BaseID: strings.ToUpper(testBase), ParentID: testBase}, want: inTrace},

		"unreadable parent":                {signed: &unreadable, want: inTrace},
		"unreadable parent, same trace":    {signed: &unreadable, traceparent: same, want: spanContext(testTrace, otherSpan, true, true)},
		"unreadable parent, another trace": {signed: &unreadable, traceparent: another, want: inTrace, linked: spanContext(otherTrace, otherSpan, false, true)},
		"a parent of zeros":                {signed: &hmac.TraceInfo{BaseID: testBase, ParentID: testBase[:18] + "-0000-000000000000"}, want: inTrace},

		"a parent of 16 digits":                   {signed: &digits, want: spanContext(testTrace, otherSpan, true, true)},
		"a parent of 16 digits, same trace":       {signed: &digits, traceparent: same, want: spanContext(testTrace, otherSpan, true, true)},
		"a parent of 16 digits, upper case":       {signed: &hmac.TraceInfo{BaseID: testBase, ParentID: strings.ToUpper(otherSpan)}, want: spanContext(testTrace, otherSpan, true, true)},
		"a parent of 16 digits, the trace's half": {signed: &hmac.TraceInfo{BaseID: testBase, ParentID: testTrace[16:]}, want: spanContext(testTrace, testTrace[16:], true, true)},
		"the trace's half in another UUID":        {signed: &hmac.TraceInfo{BaseID: testBase, ParentID: otherTrace[:16] + testTrace[16:]}, want: spanContext(testTrace, testTrace[16:], true, true)},
	} {
		header := http.Header{}
		if test.signed != nil {
			if test.with.IsZero() {
				test.with = key
			}
			info, mac := test.with.SignedPack(*test.signed)
			header.Set(hmac.HeaderInfo, info)
			header.Set(hmac.HeaderHMAC, mac)
		}
		if test.traceparent != "" {
			header.Set("traceparent", test.traceparent)
			header.Set("tracestate", "vendor=1")
			test.want = test.want.WithTraceState(trace.SpanContextFromContext(
				propagation.TraceContext{}.Extract(t.Context(), propagation.HeaderCarrier(header))).TraceState())
			if test.linked.IsValid() {
				test.linked = test.linked.WithTraceState(test.want.TraceState())
				test.want = test.want.WithTraceState(trace.TraceState{})
			}
			if !test.want.TraceID().IsValid() || name == "valid, bad traceparent" {
				test.want = test.want.WithTraceState(trace.TraceState{})
			}
		}
		ctx := New(key).Extract(t.Context(), propagation.HeaderCarrier(header))
		if got := trace.SpanContextFromContext(ctx); !got.Equal(test.want) {
			t.Errorf("%s: parent %+v, want %+v", name, got, test.want)
		}
		p := ProfilerFromContext(ctx)
		if !p.LinkedSpanContext.Equal(test.linked) {
			t.Errorf("%s: linked %+v, want %+v", name, p.LinkedSpanContext, test.linked)
		}
		believed := test.signed != nil && test.with == key
		if believed != (p.Key == key) || believed && p.Trace != *test.signed {
			t.Errorf("%s: the context carries %+v", name, p)
		}

		carrier := propagation.MapCarrier{}
		for name, values := range header {
			carrier[strings.ToLower(name)] = values[0]
		}
		for _, name := range (OSProfiler{}).Fields() {
			carrier[name] = header.Get(name)
		}
		if got := trace.SpanContextFromContext(New(key).Extract(t.Context(), carrier)); !got.Equal(test.want) {
			t.Errorf("%s in a map: parent %+v, want %+v", name, got, test.want)
		}
	}
}

// A local span in the context did not come in with the headers: it becomes neither
// a parent nor a link.
func TestExtractInALocalSpan(t *testing.T) {
	key := mustKey(t, "k")
	for name, test := range map[string]struct {
		signed hmac.TraceInfo
		local  trace.SpanContext
		want   trace.SpanContext
	}{
		"of another trace":   {hmac.TraceInfo{BaseID: testBase, ParentID: testParent}, spanContext(otherTrace, otherSpan, false, false), spanContext(testTrace, testSpan, true, true)},
		"of the same trace":  {hmac.TraceInfo{BaseID: testBase, ParentID: testParent}, spanContext(testTrace, otherSpan, false, false), spanContext(testTrace, testSpan, true, true)},
		"ids are not UUIDs":  {hmac.TraceInfo{BaseID: "1", ParentID: "2"}, spanContext(otherTrace, otherSpan, false, false), spanContext(otherTrace, otherSpan, false, false)},
		"a root in the same": {hmac.TraceInfo{BaseID: testBase, ParentID: testBase}, spanContext(testTrace, otherSpan, true, false), spanContext(testTrace, "", true, true)},
	} {
		ctx := New(key).Extract(trace.ContextWithSpanContext(t.Context(), test.local), signedCarrier(key, test.signed))
		if got := trace.SpanContextFromContext(ctx); !got.Equal(test.want) {
			t.Errorf("%s: the span is %+v, want %+v", name, got, test.want)
		}
		if p := ProfilerFromContext(ctx); p.Key != key || p.LinkedSpanContext.IsValid() {
			t.Errorf("%s: the context carries %+v", name, p)
		}
	}
}

func TestExtractTrustsNobodyWithoutKeys(t *testing.T) {
	info, mac := mustKey(t, "k").SignedPack(hmac.TraceInfo{BaseID: testBase})
	ctx := (OSProfiler{}).Extract(t.Context(), propagation.MapCarrier{hmac.HeaderInfo: info, hmac.HeaderHMAC: mac})
	if ctx != t.Context() {
		t.Error("a header was believed")
	}
}

func TestExtractRefusesDuplicates(t *testing.T) {
	key := mustKey(t, "k")
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: testBase})
	for _, name := range (OSProfiler{}).Fields() {
		header := http.Header{}
		header.Set(hmac.HeaderInfo, info)
		header.Set(hmac.HeaderHMAC, mac)
		header.Add(name, header.Get(name))
		if ctx := NewOSProfiler(key).Extract(t.Context(), propagation.HeaderCarrier(header)); ctx != t.Context() {
			t.Errorf("two %s were believed", name)
		}
	}
}

// What came in goes out.
func TestWhatCameInGoesOut(t *testing.T) {
	current, previous := mustKey(t, "current"), mustKey(t, "previous")
	both := New(current, previous)
	local := func(id string) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context {
			return trace.ContextWithSpanContext(ctx, spanContext(id, otherSpan, true, false))
		}
	}
	passOn := func(ctx context.Context) context.Context { return ctx }
	upper := strings.ToUpper(testBase)
	for name, test := range map[string]struct {
		in   hmac.TraceInfo
		span func(context.Context) context.Context
		want hmac.TraceInfo
	}{
		"no span":             {hmac.TraceInfo{BaseID: testBase, ParentID: testParent}, passOn, hmac.TraceInfo{BaseID: testBase, ParentID: testParent}},
		"a span":              {hmac.TraceInfo{BaseID: testBase, ParentID: testParent}, local(testTrace), hmac.TraceInfo{BaseID: testBase, ParentID: testBase[:18] + "-b7ad-6b7169203331"}},
		"a span of its own":   {hmac.TraceInfo{BaseID: testBase, ParentID: testParent}, local(otherTrace), hmac.TraceInfo{BaseID: "0af76519-16cd-43dd-8448-eb211c80319c", ParentID: "0af76519-16cd-43dd-b7ad-6b7169203331"}},
		"root, no span":       {hmac.TraceInfo{BaseID: testBase, ParentID: testBase}, passOn, hmac.TraceInfo{BaseID: testBase, ParentID: testBase}},
		"root, a span":        {hmac.TraceInfo{BaseID: testBase, ParentID: testBase}, local(testTrace), hmac.TraceInfo{BaseID: testBase, ParentID: testBase[:18] + "-b7ad-6b7169203331"}},
		"unreadable, no span": {hmac.TraceInfo{BaseID: testBase, ParentID: "2"}, passOn, hmac.TraceInfo{BaseID: testBase, ParentID: "2"}},
		"unreadable, a span":  {hmac.TraceInfo{BaseID: testBase, ParentID: "2"}, local(testTrace), hmac.TraceInfo{BaseID: testBase, ParentID: testBase[:18] + "-b7ad-6b7169203331"}},
		"16 digits, no span":  {hmac.TraceInfo{BaseID: testBase, ParentID: testSpan}, passOn, hmac.TraceInfo{BaseID: testBase, ParentID: testSpan}},
		"16 digits, a span":   {hmac.TraceInfo{BaseID: testBase, ParentID: testSpan}, local(testTrace), hmac.TraceInfo{BaseID: testBase, ParentID: testBase[:18] + "-b7ad-6b7169203331"}},
		"not UUIDs, no span":  {hmac.TraceInfo{BaseID: "1", ParentID: "2"}, passOn, hmac.TraceInfo{BaseID: "1", ParentID: "2"}},
		"not UUIDs, a span":   {hmac.TraceInfo{BaseID: "1", ParentID: "2"}, local(otherTrace), hmac.TraceInfo{BaseID: "1", ParentID: "2"}},
		"upper case, no span": {hmac.TraceInfo{BaseID: upper, ParentID: upper}, passOn, hmac.TraceInfo{BaseID: upper, ParentID: upper}},
		"upper case, a span":  {hmac.TraceInfo{BaseID: upper, ParentID: upper}, local(testTrace), hmac.TraceInfo{BaseID: upper, ParentID: testBase[:18] + "-b7ad-6b7169203331"}},
		"upper case, root": {hmac.TraceInfo{BaseID: upper, ParentID: testParent}, func(ctx context.Context) context.Context {
			return trace.ContextWithSpanContext(ctx, spanContext(testTrace, testTrace[16:], true, false))
		}, hmac.TraceInfo{BaseID: upper, ParentID: upper}},
	} {
		for _, key := range []hmac.Key{current, previous, withDigest(t, current, hmac.SHA256), withDigest(t, previous, hmac.SHA256)} {
			in, out := http.Header{}, http.Header{}
			info, mac := key.SignedPack(test.in)
			in.Set(hmac.HeaderInfo, info)
			in.Set(hmac.HeaderHMAC, mac)
			both.Inject(test.span(both.Extract(t.Context(), propagation.HeaderCarrier(in))), propagation.HeaderCarrier(out))
			got, by := sent(t, out, current, previous)
			if got != test.want || !by.SameSecret(key) || by.Digest() != key.Digest() {
				t.Errorf("%s: sent %+v, want %+v; key kept: %v, digest %s", name, got, test.want, by.SameSecret(key), by.Digest())
			}
		}
	}
}

// A proxy that opens no span stands behind one that opened a span and sends
// only W3C's headers.
func TestPassOnBehindW3CProxy(t *testing.T) {
	key := mustKey(t, "k")
	both := New(key)
	in, out := http.Header{}, http.Header{}
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
	in.Set(hmac.HeaderInfo, info)
	in.Set(hmac.HeaderHMAC, mac)
	in.Set("traceparent", traceparent(testTrace, "01"))
	both.Inject(both.Extract(t.Context(), propagation.HeaderCarrier(in)), propagation.HeaderCarrier(out))
	for name := range in {
		if in.Get(name) != out.Get(name) {
			t.Errorf("%s: got %s, want %s", name, out.Get(name), in.Get(name))
		}
	}
}

// What came in goes out: also if a program copies the Profiler from one context to
// another, and a proxy that speaks W3C Trace Context opened a span before.
func TestProfilerInAnotherContext(t *testing.T) {
	key := mustKey(t, "k")
	both := New(key)
	in := signedCarrier(key, hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
	in["traceparent"] = traceparent(testTrace, "01")
	extracted := both.Extract(t.Context(), in)
	ctx := trace.ContextWithSpanContext(t.Context(), trace.SpanContextFromContext(extracted))
	out := propagation.MapCarrier{}
	both.Inject(ContextWithProfiler(ctx, ProfilerFromContext(extracted)), out)
	for name := range in {
		if in[name] != out[name] {
			t.Errorf("%s: got %s, want %s", name, out[name], in[name])
		}
	}

	// A program can replace the ids in it.
	p := ProfilerFromContext(extracted)
	for trace, want := range map[hmac.TraceInfo]string{
		{}:                                     "",
		{BaseID: "1", ParentID: "2"}:           "",
		{BaseID: otherTrace, ParentID: "2"}:    "req-0af76519-16cd-43dd-8448-eb211c80319c",
		{BaseID: testBase, ParentID: testBase}: "req-" + testBase,
	} {
		p.Trace = trace
		if got := GlobalRequestID(ContextWithProfiler(t.Context(), p)); got != want {
			t.Errorf("%+v: the request id is %q, want %q", trace, got, want)
		}
	}
}

func TestGlobalRequestID(t *testing.T) {
	key := mustKey(t, "k")
	for name, test := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"nothing":            {t.Context(), ""},
		"a span":             {trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, false, false)), "req-" + testBase},
		"ids, no span":       {ContextWithProfiler(t.Context(), Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: strings.ToUpper(testBase), ParentID: testBase}}), "req-" + testBase},
		"not UUIDs":          {ContextWithProfiler(t.Context(), Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: "1", ParentID: "1"}}), ""},
		"a root, no span":    {NewOSProfiler(key).Extract(t.Context(), signedCarrier(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase})), "req-" + testBase},
		"no parent, no span": {NewOSProfiler(key).Extract(t.Context(), signedCarrier(key, hmac.TraceInfo{BaseID: testBase, ParentID: "2"})), "req-" + testBase},
		"a key, no span":     {ContextWithProfiler(t.Context(), Profiler{Key: key}), ""},
		"one came in": {ContextWithGlobalRequestID(trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, true, false)),
			"req-0af76519-16cd-43dd-8448-eb211c80319c"), "req-0af76519-16cd-43dd-8448-eb211c80319c"},
		"a bad one came in": {ContextWithGlobalRequestID(trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, true, false)),
			"req-0AF76519-16cd-43dd-8448-eb211c80319c"), "req-" + testBase},
	} {
		if got := GlobalRequestID(test.ctx); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func signedCarrier(key hmac.Key, t hmac.TraceInfo) propagation.MapCarrier {
	info, mac := key.SignedPack(t)
	return propagation.MapCarrier{hmac.HeaderInfo: info, hmac.HeaderHMAC: mac}
}

// Where a root came in, and no span was opened, OpenTelemetry's propagators
// send nothing, and the signed headers are sent on unchanged. Extracting twice
// changes nothing.
func TestRootWithoutSpan(t *testing.T) {
	key := mustKey(t, "k")
	in := signedCarrier(key, hmac.TraceInfo{BaseID: testBase, ParentID: testBase})
	both := New(key)
	ctx := both.Extract(both.Extract(t.Context(), in), in)
	out := propagation.MapCarrier{}
	both.Inject(ctx, out)
	if len(out) != 2 || out[hmac.HeaderInfo] != in[hmac.HeaderInfo] || out[hmac.HeaderHMAC] != in[hmac.HeaderHMAC] {
		t.Errorf("%v came in, %v went out", in, out)
	}
	if p := ProfilerFromContext(ctx); p.LinkedSpanContext.TraceID().IsValid() {
		t.Errorf("the trace is its own other one: %v", p.LinkedSpanContext)
	}
	// A span context without a SpanID that did not come in with signed headers
	// is not signed.
	out = propagation.MapCarrier{}
	both.Inject(trace.ContextWithRemoteSpanContext(t.Context(), spanContext(testTrace, "", true, true)), out)
	if len(out) != 0 {
		t.Errorf("sent %v", out)
	}
}

func TestFromEnv(t *testing.T) {
	var reported error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { reported = err }))
	sampled := trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, true, false))
	for _, test := range []struct {
		secret, digests string
		length          int // of the signature
		err             error
	}{
		{"", "", 0, nil},
		{"", "md5", 0, nil},
		{"SECRET_KEY", "", 40, nil},
		{"SECRET_KEY", "sha256,sha1", 64, nil},
		{"TWO,KEYS", "", 0, hmac.ErrKey},
		{"TWO", "md5", 0, hmac.ErrDigest},
	} {
		reported = nil
		t.Setenv("OS_PROFILE", test.secret)
		t.Setenv("OSTRACE_HMAC_DIGESTS", test.digests)
		carrier := propagation.MapCarrier{}
		FromEnv().Inject(sampled, carrier)
		if got := len(carrier[hmac.HeaderHMAC]); got != test.length {
			t.Errorf("%v: signed with %d digits", test, got)
		}
		if !errors.Is(reported, test.err) {
			t.Errorf("%v: reported %v", test, reported)
		}
		if reported != nil && (strings.Contains(reported.Error(), "TWO") || !strings.Contains(reported.Error(), "environment variable OS")) {
			t.Errorf("reported %v", reported)
		}
	}
}

func FuzzExtract(f *testing.F) {
	key := mustKey(f, "k")
	info, mac := key.SignedPack(hmac.TraceInfo{BaseID: testBase, ParentID: testParent})
	f.Add(info, mac, traceparent(otherTrace, "00"), testBase, testParent)
	f.Add("", "", "", "1", "")
	longer := withDigest(f, key, hmac.SHA256)
	info, mac = longer.SignedPack(hmac.TraceInfo{BaseID: testBase, ParentID: testBase})
	f.Add(info, mac, traceparent(testTrace, "00"), testBase, testSpan)
	both := New(key)
	f.Fuzz(func(t *testing.T, info, mac, w3c, base, parent string) {
		both.Extract(t.Context(), propagation.MapCarrier{hmac.HeaderInfo: info, hmac.HeaderHMAC: mac, "traceparent": w3c})

		key := key
		if len(base)%2 == 0 {
			key = longer
		}
		info, mac = key.SignedPack(hmac.TraceInfo{BaseID: base, ParentID: parent})
		in := propagation.MapCarrier{hmac.HeaderInfo: info, hmac.HeaderHMAC: mac, "traceparent": w3c}
		ctx := both.Extract(t.Context(), in)
		p := ProfilerFromContext(ctx)
		if p.Key.IsZero() || p.Trace.BaseID == "" {
			return
		}
		sc := trace.SpanContextFromContext(ctx)
		if sc.TraceID().IsValid() && !sc.IsSampled() {
			t.Error("signed, but not sampled")
		}
		if id, ok := TraceID(p.Trace.BaseID); ok && sc.TraceID() != id {
			t.Errorf("%+v is in the trace %s", p.Trace, sc.TraceID())
		}
		out := propagation.MapCarrier{}
		both.Inject(ctx, out)
		again := repack(key, p.Trace)
		if len(again) > hmac.MaxHeaderBytes {
			again = ""
		}
		if out[hmac.HeaderInfo] != info && out[hmac.HeaderInfo] != again {
			t.Errorf("%+v came in, %s went out", p.Trace, out[hmac.HeaderInfo])
		}
	})
}

func repack(key hmac.Key, t hmac.TraceInfo) string {
	info, _ := key.SignedPack(t)
	return info
}

// Keys change while they are in use, and the next headers have the new keys.
func TestFromKeyRing(t *testing.T) {
	old, current := mustKey(t, "old"), mustKey(t, "current")
	ring := hmac.NewKeyRing(old)
	p := FromKeyRing(ring)
	sampled := trace.ContextWithSpanContext(t.Context(), spanContext(testTrace, testSpan, true, false))
	for _, key := range []hmac.Key{old, current} {
		ring.Set(key)
		header := http.Header{}
		p.Inject(sampled, propagation.HeaderCarrier(header))
		if _, by := sent(t, header, old, current); by != key {
			t.Error("signed with another key")
		}
		if got := ProfilerFromContext(p.Extract(t.Context(), propagation.HeaderCarrier(header))); got.Key != key {
			t.Error("not accepted")
		}
	}
	ring.Set()
	header := http.Header{}
	if p.Inject(sampled, propagation.HeaderCarrier(header)); len(header) > 0 {
		t.Error("signed without a key")
	}
}

// First, do no harm: no request is sent with a header that its receiver could
// refuse.
func TestInjectNothingTooLong(t *testing.T) {
	key := mustKey(t, "k")
	// With an id of 3039 bytes, X-Trace-Info has exactly hmac.MaxHeaderBytes.
	for length, want := range map[int]bool{1_000: true, 3039: true, 3040: false, hmac.MaxHeaderBytes: false} {
		ctx := ContextWithProfiler(t.Context(), Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: strings.Repeat("a", length), ParentID: "b"}})
		header := http.Header{}
		NewOSProfiler().Inject(ctx, propagation.HeaderCarrier(header))
		if got := len(header) == 2; got != want {
			t.Errorf("an id of %d bytes is sent: %v", length, got)
		}
	}
}
