// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

// memory is a store in memory.
type memory struct {
	mu   sync.Mutex
	list []points.Notification
	err  error
}

func (m *memory) Write(_ context.Context, list []points.Notification) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, list...)
	return m.err
}

func (m *memory) List(context.Context, points.ListFilter) iter.Seq2[points.TraceSummary, error] {
	return func(func(points.TraceSummary, error) bool) {}
}

// Notifications reads the written notifications from their JSON, the newest
// first, as Redis does.
func (m *memory) Notifications(_ context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		for _, n := range slices.Backward(m.list) {
			if n.BaseID == baseID && !yield(points.ParseNotification(n.Payload)) {
				return
			}
		}
	}
}

func (*memory) Close() error { return nil }

// program exports the spans of a program that makes a span of each kind.
func program(t *testing.T, options ...sdktrace.TracerProviderOption) (store *memory, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	store = &memory{}
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(append(options,
		sdktrace.WithSpanProcessor(recorder),
		sdktrace.WithSyncer(points.NewSpanExporter(store)),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "createserver"), attribute.String("host.name", "laptop"))),
	)...)
	tracer := provider.Tracer("test")
	ctx, root := tracer.Start(t.Context(), "create server-1", trace.WithAttributes(
		attribute.Int("n", 3), attribute.Float64("f", 2), attribute.Bool("b", true), attribute.StringSlice("s", []string{"x", `"y"`})))
	_, sent := tracer.Start(ctx, "GET /v2.1/servers/{id}", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", "GET"), attribute.String("url.full", "https://nova.example:8774/v2.1/servers/7?all=1"),
		attribute.String("server.address", "nova.example"), attribute.Int("server.port", 8774), attribute.Int("http.response.status_code", 404)))
	sent.SetStatus(codes.Error, "")
	sent.SetAttributes(attribute.String("error.type", "404"))
	sent.End()
	_, served := tracer.Start(ctx, "GET /images", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", "GET"), attribute.String("url.path", "/images"), attribute.String("url.scheme", "http")))
	served.End()
	_, query := tracer.Start(ctx, "SELECT", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.String("db.query.text", "SELECT <1>")))
	query.RecordError(errors.New("no such table"))
	query.SetStatus(codes.Error, "query failed")
	query.End()
	root.End()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, recorder.Ended()
}

func TestExporterWritesOSProfilersPoints(t *testing.T) {
	store, spans := program(t)
	if len(store.list) != 2*len(spans) {
		t.Fatalf("%d notifications of %d spans", len(store.list), len(spans))
	}
	type payload struct {
		BaseID    string                     `json:"base_id"`
		TraceID   string                     `json:"trace_id"`
		ParentID  string                     `json:"parent_id"`
		Timestamp string                     `json:"timestamp"`
		Project   string                     `json:"project"`
		Service   string                     `json:"service"`
		Info      map[string]json.RawMessage `json:"info"`
	}
	byName := map[string]payload{}
	for _, n := range store.list {
		var p payload
		if err := json.Unmarshal(n.Payload, &p); err != nil {
			t.Fatal(err)
		}
		byName[n.Name] = p
		if p.BaseID != n.BaseID || p.TraceID != n.TraceID || p.ParentID != n.ParentID || p.Timestamp != n.Timestamp.Format(points.TimestampFormat) ||
			p.Project != "createserver" || p.Service != "createserver" || string(p.Info["host"]) != `"laptop"` {
			t.Errorf("%s: %s", n.Name, n.Payload)
		}
	}
	root := spans[len(spans)-1]
	rootID := propagation.ParentID(root.SpanContext().TraceID(), root.SpanContext().SpanID())
	baseID := propagation.BaseID(root.SpanContext().TraceID())
	if p := byName["internal-start"]; p.ParentID != baseID || p.TraceID != rootID || p.BaseID != baseID {
		t.Errorf("ids of the root span: %+v", p)
	}
	for name, want := range map[string]map[string]string{
		"internal-start": {"function": `{"name":"create server-1"}`},
		"https-start":    {"requests": `{"method":"GET","path":"/v2.1/servers/7","query":"all=1","scheme":"https","hostname":"nova.example","port":8774}`},
		"https-stop":     {"requests": `{"status_code":404}`, "etype": `"404"`},
		"wsgi-start":     {"request": `{"method":"GET","path":"/images","query":"","scheme":"http"}`},
		"db-start":       {"db": `{"statement":"SELECT <1>","params":{}}`},
		"db-stop":        {"etype": `"*errors.errorString"`, "message": `"no such table"`},
	} {
		for member, text := range want {
			if got := string(byName[name].Info[member]); got != text {
				t.Errorf("%s: %s is %s, want %s", name, member, got, text)
			}
		}
		if name != "internal-start" && byName[name].ParentID != rootID {
			t.Errorf("%s: parent_id %s", name, byName[name].ParentID)
		}
	}
}

// Spans that were stored are the same when they are read.
func TestSpansThereAndBack(t *testing.T) {
	store, spans := program(t)
	id := spans[0].SpanContext().TraceID()
	for _, name := range []string{id.String(), propagation.BaseID(id), strings.ToUpper(propagation.BaseID(id))} {
		tr, err := points.Fetch(t.Context(), store, name)
		if err != nil {
			t.Fatal(err)
		}
		got := tr.Spans()
		if len(got) != len(spans) {
			t.Fatalf("%d spans, want %d", len(got), len(spans))
		}
		for _, want := range spans {
			i := slices.IndexFunc(got, func(s sdktrace.ReadOnlySpan) bool {
				return s.SpanContext().SpanID() == want.SpanContext().SpanID()
			})
			if i < 0 {
				t.Fatalf("%s is missing", want.Name())
			}
			compare(t, got[i], want)
		}
	}
	if _, err := points.Fetch(t.Context(), store, "0af7651916cd43dd8448eb211c80319c"); !errors.Is(err, points.ErrNotFound) {
		t.Errorf("a trace that is not there: %v", err)
	}
}

func compare(t *testing.T, got, want sdktrace.ReadOnlySpan) {
	t.Helper()
	if got.Name() != want.Name() || got.SpanKind() != want.SpanKind() || got.Status() != want.Status() ||
		got.SpanContext().TraceID() != want.SpanContext().TraceID() || got.Parent().SpanID() != want.Parent().SpanID() ||
		!got.StartTime().Equal(want.StartTime().Truncate(time.Microsecond)) || !got.EndTime().Equal(want.EndTime().Truncate(time.Microsecond)) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	own := slices.DeleteFunc(slices.Clone(got.Attributes()), func(kv attribute.KeyValue) bool {
		return strings.HasPrefix(string(kv.Key), "osprofiler.")
	})
	byKey := func(a, b attribute.KeyValue) int { return cmp.Compare(a.Key, b.Key) }
	slices.SortFunc(own, byKey)
	attributes := slices.Clone(want.Attributes())
	slices.SortFunc(attributes, byKey)
	if !slices.Equal(own, attributes) {
		t.Errorf("%s: attributes %v, want %v", want.Name(), own, attributes)
	}
	if len(got.Events()) != len(want.Events()) {
		t.Errorf("%s: events %v, want %v", want.Name(), got.Events(), want.Events())
	}
	for i, event := range want.Events() {
		if e := got.Events()[i]; e.Name != event.Name || !e.Time.Equal(event.Time) || len(e.Attributes) != len(event.Attributes) {
			t.Errorf("%s: event %v, want %v", want.Name(), e, event)
		}
	}
	if value, _ := got.Resource().Set().Value("service.name"); value.AsString() != "createserver" {
		t.Errorf("%s: service.name %s", want.Name(), value.AsString())
	}
}

// rootIDs makes root spans whose id is the last half of their TraceID.
type rootIDs struct{ spans byte }

func (*rootIDs) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	id := trace.TraceID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	return id, trace.SpanID(id[8:])
}

func (ids *rootIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	ids.spans++
	return trace.SpanID{7: ids.spans}
}

// The parent_id that a root span sends can be the base_id. The span is the
// parent of the points that have this parent_id then, and not of itself.
func TestRootSpanOfTheBridge(t *testing.T) {
	store, spans := program(t, sdktrace.WithIDGenerator(&rootIDs{}))
	baseID := propagation.BaseID(spans[0].SpanContext().TraceID())
	tr, err := points.Fetch(t.Context(), store, baseID)
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.Points) != 1 || tr.Points[0].TraceID != baseID || tr.Points[0].ParentID == baseID || len(tr.Points[0].Children) != 3 {
		t.Errorf("top: %+v", tr.Points)
	}
	if len(tr.Defects.Notes()) > 0 {
		t.Error(tr.Defects.Notes())
	}
	for _, s := range tr.Spans() {
		id := s.SpanContext()
		traceID := id.TraceID()
		if isRoot := id.SpanID() == trace.SpanID(traceID[8:]); isRoot == s.Parent().IsValid() {
			t.Errorf("%s has the parent %s", s.Name(), s.Parent().SpanID())
		}
	}
}

func TestExporterReturnsTheStoresError(t *testing.T) {
	store := &memory{err: errors.New("read-only")}
	exporter := points.NewSpanExporter(store)
	if err := exporter.ExportSpans(t.Context(), nil); err != nil {
		t.Errorf("nothing to store: %v", err)
	}
	_, spans := program(t)
	if err := exporter.ExportSpans(t.Context(), spans); !errors.Is(err, store.err) {
		t.Errorf("got %v", err)
	}
}

// A point that became a span and a point again has not changed.
func TestPointsThereAndBack(t *testing.T) {
	for _, text := range []string{
		string(read(t, "testdata/image-show.jsonl")),
		`{"name": "neutron.db-start", "base_id": "x", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
		`{"name": "rpc-stop", "base_id": "x", "trace_id": "1", "parent_id": "0", "timestamp": "2026-01-31T00:00:00.1", "info": {}}`,
	} {
		want := newTrace(t, imageShow, text)
		store := &memory{}
		if err := points.NewSpanExporter(store).ExportSpans(t.Context(), want.Spans()); err != nil {
			t.Fatal(err)
		}
		got, err := points.Fetch(t.Context(), store, store.list[0].BaseID)
		if err != nil {
			t.Fatal(err)
		}
		if tree(got.Points) != tree(want.Points) || got.Defects.Unfinished != want.Defects.Unfinished || got.Defects.WithoutStart != want.Defects.WithoutStart {
			t.Errorf("%s\nwant\n%s", tree(got.Points), tree(want.Points))
		}
		spans := want.Spans()
		for i, span := range got.Spans() {
			if got, want := text2(span), text2(spans[i]); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
}

func text2(span sdktrace.ReadOnlySpan) string {
	return text([]any{span.Name(), span.SpanKind(), span.StartTime(), span.EndTime(), attributesOf(span), span.SpanContext(), span.Parent(), span.Resource().String()})
}

// A span without a time for its start or end is a point without that half.
func TestFromSpanWithoutTimes(t *testing.T) {
	at := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	id := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	for want, stub := range map[string]tracetest.SpanStub{
		"internal-start":                {SpanContext: id, SpanKind: trace.SpanKindInternal, StartTime: at},
		"internal-stop":                 {SpanContext: id, SpanKind: trace.SpanKindInternal, EndTime: at},
		"internal-start, internal-stop": {SpanContext: id, SpanKind: trace.SpanKindInternal, StartTime: at, EndTime: at},
	} {
		var names []string
		for _, n := range points.NotificationsFromSpan(stub.Snapshot()) {
			names = append(names, n.Name)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
