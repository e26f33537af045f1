// SPDX-License-Identifier: Apache-2.0

package jaeger

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Trace returns the spans of a trace that Jaeger has at the moment. It returns
// none if Jaeger does not know the id. The first 64 bits of an id of 16 digits
// are zero.
func (s *Server) Trace(t testing.TB, traceID string) Trace {
	t.Helper()
	var message struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes attributes }
			ScopeSpans []struct {
				Scope struct{ Name string }
				Spans []struct {
					TraceID, SpanID, ParentSpanID string
					Name                          string
					Kind                          trace.SpanKind // OTLP has the same numbers
					StartTimeUnixNano             int64          `json:",string"`
					EndTimeUnixNano               int64          `json:",string"`
					Attributes                    attributes
				}
			}
		}
	}
	text := s.OTLP(t, traceID)
	if text == nil {
		return nil
	}
	if err := json.Unmarshal(text, &message); err != nil {
		t.Fatalf("Jaeger's trace %s: %v", traceID, err)
	}
	var spans Trace
	for _, of := range message.ResourceSpans {
		service, _ := of.Resource.Attributes.values()["service.name"].(string)
		for _, scope := range of.ScopeSpans {
			for _, span := range scope.Spans {
				spans = append(spans, Span{
					Service: service, Scope: scope.Scope.Name, Name: span.Name, Kind: span.Kind,
					TraceID: span.TraceID, SpanID: span.SpanID, ParentSpanID: span.ParentSpanID,
					Start: time.Unix(0, span.StartTimeUnixNano), End: time.Unix(0, span.EndTimeUnixNano),
					Attributes: span.Attributes.values(),
				})
			}
		}
	}
	return spans
}

// OTLP returns the spans of a trace as a message in OTLP's JSON, or nil if
// Jaeger does not know the id.
func (s *Server) OTLP(t testing.TB, traceID string) []byte {
	t.Helper()
	text, status, err := s.get(t, "/api/v3/traces/"+traceID+"?raw_traces=true")
	if err != nil || status != http.StatusOK && status != http.StatusNotFound {
		t.Fatalf("Jaeger's trace %s: status %d, %v: %s", traceID, status, err, text)
	}
	if status == http.StatusNotFound {
		return nil
	}
	var answer struct{ Result json.RawMessage }
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("Jaeger's trace %s: %v", traceID, err)
	}
	return answer.Result
}

// Shown returns the number of spans that Jaeger's page shows of a trace. The
// page uses another API than Trace.
func (s *Server) Shown(t testing.TB, traceID string) int {
	t.Helper()
	text, status, err := s.get(t, "/api/traces/"+traceID)
	var answer struct {
		Data []struct{ Spans []json.RawMessage }
	}
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil || status != http.StatusOK || len(answer.Data) != 1 {
		t.Fatalf("Jaeger's trace %s: status %d, %v: %s", traceID, status, err, text)
	}
	return len(answer.Data[0].Spans)
}

// Eventually returns the trace when check returns nil for it, because services
// export some time after they have answered. The test fails if that takes
// longer than within.
func (s *Server) Eventually(t testing.TB, within time.Duration, traceID string, check func(Trace) error) Trace {
	t.Helper()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(within)
	for {
		spans := s.Trace(t, traceID)
		err := check(spans)
		if err == nil {
			return spans
		}
		select {
		case <-deadline:
			t.Fatalf("trace %s in Jaeger, still after %v: %v", traceID, within, err)
		case <-tick.C:
		}
	}
}

func (s *Server) get(t testing.TB, path string) (body []byte, status int, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Query+path, http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return body, response.StatusCode, err
}

// attributes are attributes of OTLP's JSON. Lists and maps are left out.
type attributes []struct {
	Key   string
	Value struct {
		StringValue *string
		BoolValue   *bool
		IntValue    *json.Number
		DoubleValue *float64
	}
}

func (list attributes) values() map[string]any {
	values := make(map[string]any, len(list))
	for _, a := range list {
		switch v := a.Value; {
		case v.StringValue != nil:
			values[a.Key] = *v.StringValue
		case v.BoolValue != nil:
			values[a.Key] = *v.BoolValue
		case v.IntValue != nil:
			n, _ := strconv.ParseInt(v.IntValue.String(), 10, 64)
			values[a.Key] = n
		case v.DoubleValue != nil:
			values[a.Key] = *v.DoubleValue
		}
	}
	return values
}
