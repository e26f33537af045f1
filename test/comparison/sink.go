// SPDX-License-Identifier: Apache-2.0

package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// recorded is what a back end has got: spans by service, and bytes.
type recorded struct {
	Spans map[string]spans
	Bytes int64 // of the requests' bodies, or of what a store keeps
}

// minus returns what was added since an earlier time.
func (r recorded) minus(earlier recorded) recorded {
	added := recorded{Spans: map[string]spans{}, Bytes: r.Bytes - earlier.Bytes}
	for service, of := range r.Spans {
		for l := range of {
			of[l] -= earlier.Spans[service][l]
		}
		if of.total() > 0 {
			added.Spans[service] = of
		}
	}
	return added
}

// total returns the spans of all services.
func (r recorded) total() (all spans) {
	for _, of := range r.Spans {
		all.add(of)
	}
	return all
}

// sink is an OTLP receiver over HTTP that counts spans, and keeps none.
type sink struct {
	mux *http.ServeMux
	mu  sync.Mutex
	got recorded
}

func newSink() *sink {
	s := &sink{mux: http.NewServeMux(), got: recorded{Spans: map[string]spans{}}}
	s.mux.HandleFunc("POST /v1/traces", s.receive)
	s.mux.HandleFunc("GET /recorded", s.show)
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// receive answers as the specification of OTLP says: with an empty response, in the
// protobuf encoding.
func (s *sink) receive(w http.ResponseWriter, r *http.Request) {
	size, request, err := decode(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.Bytes += size
	for _, resource := range request.GetResourceSpans() {
		service := ""
		for _, attribute := range resource.GetResource().GetAttributes() {
			if attribute.GetKey() == "service.name" {
				service = serviceOf(attribute.GetValue().GetStringValue())
			}
		}
		of := s.got.Spans[service]
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				of[layerOfSpan(span)]++
			}
		}
		s.got.Spans[service] = of
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// decode reads a request to export spans, and the size of its body as it was sent.
func decode(r *http.Request) (int64, *collectorpb.ExportTraceServiceRequest, error) {
	sent := &counter{from: r.Body}
	var body io.Reader = sent
	if r.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(sent)
		if err != nil {
			return 0, nil, err
		}
		body = zipped
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return 0, nil, err
	}
	request := &collectorpb.ExportTraceServiceRequest{}
	return sent.n, request, proto.Unmarshal(text, request)
}

type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

func (s *sink) show(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(s.got) // the client may have gone
}

// sinkRecorded asks the running sink.
func sinkRecorded() (recorded, error) {
	var got recorded
	resp, err := http.Get("http://" + roles["sink"].address + "/recorded")
	if err != nil {
		return got, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return got, fmt.Errorf("the sink answered %s", resp.Status)
	}
	return got, json.NewDecoder(resp.Body).Decode(&got)
}
