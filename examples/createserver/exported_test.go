// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// counter is a back end that counts how often each span arrived. The test
// decides how many spans of a request it accepts.
type counter struct {
	*httptest.Server
	mu    sync.Mutex
	taken map[string]int // the number by the span's id
	// takes returns how many of the spans of the next request are accepted, and
	// whether the request fails. Where takes is nil, all are accepted.
	takes func(spans int) (taken int, failed bool)
}

func startCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{taken: map[string]int{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// takeAll makes the back end accept everything from now on, and returns the
// spans that it accepted before.
func (c *counter) takeAll() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takes = nil
	return maps.Clone(c.taken)
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if proto.Unmarshal(body, &request) != nil {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	var ids []string
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				ids = append(ids, hex.EncodeToString(span.SpanId))
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := len(ids)
	if c.takes != nil {
		var failed bool
		if taken, failed = c.takes(len(ids)); failed {
			http.Error(w, "no", http.StatusInternalServerError) // exporters do not retry this
			return
		}
	}
	for _, id := range ids[:taken] {
		c.taken[id]++
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	if rejected := len(ids) - taken; rejected > 0 {
		answer, _ := proto.Marshal(&collector.ExportTraceServiceResponse{
			PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: int64(rejected), ErrorMessage: "quota"},
		})
		_, _ = w.Write(answer)
	}
}

// "ostrace export" does not send spans a second time that a program exported
// and stored. It does send the spans that the back end did not accept from the
// program.
func TestExportedOnce(t *testing.T) {
	ostrace := filepath.Join(t.TempDir(), "ostrace")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../../cmd/ostrace", "-o", ostrace, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	every := func(n int, otherwise func(spans int) (int, bool)) func(int) (int, bool) {
		requests := 0
		return func(spans int) (int, bool) {
			if requests++; requests%n > 0 {
				return spans, false
			}
			return otherwise(spans)
		}
	}
	fails := func(int) (int, bool) { return 0, true }
	takesNone := func(int) (int, bool) { return 0, false }
	for name, test := range map[string]struct {
		takes func(spans int) (int, bool)
		env   []string
		twice bool // the answer to the request does not tell which spans were accepted
	}{
		"all is taken":                                      {nil, nil, false},
		"all is taken, span by span":                        {nil, eachSpan, false},
		"nothing is taken":                                  {fails, nil, false},
		"every third request fails":                         {every(3, fails), eachSpan, false},
		"every third request is refused its spans":          {every(3, takesNone), eachSpan, false},
		"all spans are refused":                             {takesNone, nil, false},
		"a part of each request's spans is refused":         {func(spans int) (int, bool) { return spans / 2, false }, nil, true},
		"the console is not a back end, and leaves no mark": {nil, []string{"OTEL_TRACES_EXPORTER=console"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			shorten(t, &settleQuiet, time.Millisecond)
			shorten(t, &exportTimeout, time.Minute)
			c := startCounter(t)
			c.takes = test.takes
			store := "redis://" + miniredis.RunT(t).Addr()
			setenv(t, append(test.env, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL)...)
			r := execute(t.Context(), t, "--connection-string", store, "--output", "json")
			if r.status != 0 {
				t.Fatalf("exit status %d\n%s", r.status, r.stderr)
			}
			live := c.takeAll()
			report := r.report(t)
			command := exec.CommandContext(t.Context(), ostrace, "export", report.BaseID, "--connection-string", store, "--endpoint", c.URL)
			var stderr bytes.Buffer
			command.Stderr = &stderr
			out, err := command.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, stderr.String())
			}
			taken := c.takeAll()
			t.Logf("%d of %d spans arrived live; %s", len(live), len(report.Spans), out)
			for _, span := range report.Spans {
				if n := taken[span.SpanID]; n == 0 {
					t.Errorf("%q is lost", span.Name)
				} else if n > 1 && !test.twice || n > 2 {
					t.Errorf("%q arrived %d times", span.Name, n)
				}
			}
			if len(taken) != len(report.Spans) {
				t.Errorf("%d spans arrived of %d", len(taken), len(report.Spans))
			}
			counts := slices.Collect(maps.Values(taken))
			if test.twice && !slices.Contains(counts, 2) {
				t.Error("none arrived twice: the documents say that this can happen")
			}
		})
	}
}
