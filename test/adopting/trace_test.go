// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// expected is what a trace has to have.
type expected struct {
	root     string   // the name of the program's own root span
	requests []string // names of spans that have to be in the trace
	services []string // services whose points have to be in the trace
	show     []string // more arguments for ostrace show
}

// draw finds the trace, waits until it is whole, and writes the drawing into the
// page.
func (c *collector) draw(t *testing.T, name string, want expected) {
	t.Helper()
	own, err := pick(c.exported(), want)
	if err != nil {
		t.Fatal(err)
	}
	stored := c.settled(t, own, want)
	text := render(t, own, stored, want.show)
	t.Logf("\n%s", text)
	section(t, name+" trace", "```text\n"+strings.TrimRight(text, "\n")+"\n```\n", false)
}

// settled waits until the services have stored the points of all requests, and
// returns the points as spans.
func (c *collector) settled(t *testing.T, own ptrace.Traces, want expected) ptrace.Traces {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	before := 0
	for {
		stored, err := points(t, own)
		if err == nil {
			err = complete(own, stored, want)
		}
		if err == nil && stored.SpanCount() == before {
			return stored
		}
		before = stored.SpanCount()
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after a minute: %v\n%s", err, render(t, own, stored, nil))
		}
	}
}

// pick returns the spans of the trace that has the root and the requests.
func pick(exported ptrace.Traces, want expected) (ptrace.Traces, error) {
	var seen []string
	for root := range spans(exported) {
		if !root.ParentSpanID().IsEmpty() {
			continue
		}
		trace := ptrace.NewTraces()
		exported.CopyTo(trace)
		for _, r := range trace.ResourceSpans().All() {
			for _, s := range r.ScopeSpans().All() {
				s.Spans().RemoveIf(func(span ptrace.Span) bool { return span.TraceID() != root.TraceID() })
			}
		}
		var names []string
		for span := range spans(trace) {
			names = append(names, span.Name())
		}
		if root.Name() == want.root && !slices.ContainsFunc(want.requests, func(r string) bool { return !slices.Contains(names, r) }) {
			return trace, nil
		}
		seen = append(seen, strings.Join(names, ", "))
	}
	return ptrace.Traces{}, fmt.Errorf("no trace has the root %q and the requests %q; the traces are\n%s", want.root, want.requests, strings.Join(seen, "\n"))
}

// complete returns an error if a span has no parent in the trace, if a request has
// no point of the service that answered, or if a service is missing.
func complete(own, stored ptrace.Traces, want expected) error {
	ids, answered := map[pcommon.SpanID]bool{}, map[pcommon.SpanID]bool{}
	for span := range spans(own) {
		ids[span.SpanID()] = true
	}
	services := map[string]bool{}
	for _, r := range stored.ResourceSpans().All() {
		name, _ := r.Resource().Attributes().Get("service.name")
		project, _, _ := strings.Cut(name.Str(), "-")
		services[project] = true
	}
	for span := range spans(stored) {
		answered[span.ParentSpanID()] = true
	}
	var errs []error
	for span := range spans(own) {
		switch {
		case span.ParentSpanID().IsEmpty() && span.Name() != want.root:
			errs = append(errs, fmt.Errorf("%s is a root too", span.Name()))
		case !span.ParentSpanID().IsEmpty() && !ids[span.ParentSpanID()]:
			errs = append(errs, fmt.Errorf("the parent of %s is missing", span.Name()))
		case span.Kind() == ptrace.SpanKindClient && !answered[span.SpanID()] && !versionDocument.MatchString(span.Name()):
			errs = append(errs, fmt.Errorf("%s has no point of the service that answered", span.Name()))
		}
	}
	for _, service := range want.services {
		if !services[service] {
			errs = append(errs, fmt.Errorf("%s has no points", service))
		}
	}
	return errors.Join(errs...)
}

// versionDocument matches requests that the services do not trace.
var versionDocument = regexp.MustCompile(`^GET (/v[0-9.]+)?/?$`)

// points returns the points of the trace, which ostrace makes spans of.
func points(t *testing.T, own ptrace.Traces) (ptrace.Traces, error) {
	t.Helper()
	none := ptrace.NewTraces()
	for span := range spans(own) {
		show := exec.CommandContext(t.Context(), ostrace, "show", span.TraceID().String(), "--otlp-json", "--connection-string", redisURL)
		text, err := show.Output()
		if err != nil {
			return none, fmt.Errorf("%s: %w", show, err)
		}
		return (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(text)
	}
	return none, errors.New("the program has exported no spans")
}

// render draws the trace of the program's own spans and of the points.
func render(t *testing.T, own, stored ptrace.Traces, arguments []string) string {
	t.Helper()
	var lines []string
	for _, traces := range []ptrace.Traces{own, stored} {
		text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(text))
	}
	file := filepath.Join(t.TempDir(), "trace.json")
	write(t, file, strings.Join(lines, "\n"))
	return output(t, exec.CommandContext(t.Context(), ostrace, append([]string{"show", file, "--color", "never"}, arguments...)...))
}

// spans returns an iterator over all spans.
func spans(traces ptrace.Traces) func(yield func(ptrace.Span) bool) {
	return func(yield func(ptrace.Span) bool) {
		for _, r := range traces.ResourceSpans().All() {
			for _, s := range r.ScopeSpans().All() {
				for _, span := range s.Spans().All() {
					if !yield(span) {
						return
					}
				}
			}
		}
	}
}
