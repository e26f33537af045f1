// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/internal/endpoint"
)

// BackEnd answers queries about spans as Jaeger does, with OTLP in JSON
// (https://www.jaegertracing.io/docs/latest/apis/, api_v3).
type BackEnd struct {
	address string
	client  http.Client
}

// NewBackEnd returns the back end whose queries are answered at an address such as
// http://localhost:16686. It returns an error if that is not an address of HTTP.
func NewBackEnd(address string) (*BackEnd, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q does not begin with http:// or https:// and a host", endpoint.Redact(address))
	}
	return &BackEnd{strings.TrimRight(address, "/"), http.Client{Timeout: answerTimeout}}, nil
}

// span is a span of the back end.
type span struct {
	ID, Parent, Name string
	Start, Stop      time.Time
}

// osprofiler reports whether the span was made by OSProfiler's driver otlp:// or
// jaeger:// (osprofiler/drivers/otlp.py and jaeger.py, _get_operation_name).
func (s span) osprofiler() bool { return strings.HasPrefix(s.Name, "WSGI_") }

// isJSON reports whether an answer is an object in JSON. Jaeger does not say so in
// the header of an error.
func isJSON(body io.Reader) bool {
	var object map[string]any
	return json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&object) == nil
}

// maxAnswer bounds the answer of the back end.
const maxAnswer = 64 << 20

// spans returns the spans that the back end has of a trace.
func (b *BackEnd) spans(ctx context.Context, id trace.TraceID) ([]span, error) {
	where := "the back end at " + endpoint.Redact(b.address)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.address+"/api/v3/traces/"+id.String(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%s: its address can't be used", where)
	}
	response, err := b.client.Do(r)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound && isJSON(response.Body):
		return nil, nil // it does not know the trace
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s answers %s: is it Jaeger's query address, such as http://localhost:16686?", where, response.Status)
	}
	var answer struct {
		Result struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []struct {
						SpanID, ParentSpanID, Name         string
						StartTimeUnixNano, EndTimeUnixNano int64 `json:",string"`
					}
				}
			}
		}
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("%s: its answer can't be read: %w", where, err)
	}
	var spans []span
	for _, resource := range answer.Result.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				spans = append(spans, span{
					ID: s.SpanID, Parent: s.ParentSpanID, Name: s.Name,
					Start: time.Unix(0, s.StartTimeUnixNano), Stop: time.Unix(0, s.EndTimeUnixNano),
				})
			}
		}
	}
	return spans, nil
}
