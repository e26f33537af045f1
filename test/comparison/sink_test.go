// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// export is a request with spans of a service.
func export(t *testing.T, service string, kinds ...tracepb.Span_SpanKind) []byte {
	t.Helper()
	var all []*tracepb.Span
	for _, kind := range kinds {
		all = append(all, &tracepb.Span{Kind: kind})
	}
	body, err := proto.Marshal(&collectorpb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: &resourcepb.Resource{Attributes: []*commonpb.KeyValue{
			{Key: "service.name", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: service}}},
		}},
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: all}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestSink(t *testing.T) {
	s := newSink()
	post := func(body []byte, encoding string) int {
		r := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(body))
		r.Header.Set("Content-Encoding", encoding)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	show := func() (got recorded) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/recorded", nil))
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	server, consumer := tracepb.Span_SPAN_KIND_SERVER, tracepb.Span_SPAN_KIND_CONSUMER
	plain := export(t, "nova-osapi_compute", server, server, consumer)
	if status := post(plain, ""); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	before := show()
	if want := (spans{httpServer: 2, rpc: 1}); before.Spans["nova-api"] != want || before.Bytes != int64(len(plain)) {
		t.Errorf("%+v", before)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(export(t, "glance", server))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	size := int64(zipped.Len())
	if status := post(zipped.Bytes(), "gzip"); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	added := show().minus(before)
	if len(added.Spans) != 1 || added.Spans["glance"] != (spans{httpServer: 1}) || added.Bytes != size || added.total().total() != 1 {
		t.Errorf("%+v", added)
	}
	for _, body := range []struct{ text, encoding string }{{"not protobuf", ""}, {"not gzip", "gzip"}} {
		if status := post([]byte(body.text), body.encoding); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", body.text, status)
		}
	}
}

func TestNotifications(t *testing.T) {
	got := recorded{Spans: map[string]spans{}}
	for _, name := range []string{"wsgi-start", "db-start", "db-stop", "wsgi-stop"} {
		got.notification("nova", "osapi_compute", name, 3, 10)
	}
	if len(got.Spans) != 1 || got.Spans["nova-api"] != (spans{httpServer: 3, sql: 3}) || got.Bytes != 40 {
		t.Errorf("%+v", got)
	}
}
