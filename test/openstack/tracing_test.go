// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/test/jaeger"
)

// backend has the addresses to which the cloud's services send their spans.
// They are the defaults of OTLP over HTTP and of Jaeger's agent.
var backend = jaeger.Addresses{HTTP: "127.0.0.1:4318", Agent: "127.0.0.1:6831"}

// For each way in which the services of the release can trace, this checks in a
// real Jaeger which spans of one server arrive, and under which spans they
// hang. The cloud is brought up again for each way, and in the end as it was
// before.
func TestTracing(t *testing.T) {
	was := slices.DeleteFunc(slices.Clone(parameters), func(assignment string) bool { return strings.HasPrefix(assignment, "PATH=") })
	t.Cleanup(func() { useCloud(t, was...) })
	server := tracedCloud{jaeger.Start(t, backend)}
	for _, way := range thisRelease(t).tracings {
		t.Run(way.name, func(t *testing.T) { way.test(server, t) })
	}
}

// tracedCloud is the cloud of these tests, with the Jaeger to which it sends.
type tracedCloud struct{ *jaeger.Server }

// useCloud brings up the cloud with these parameters, each of the form
// NAME=VALUE.
func useCloud(t *testing.T, assignments ...string) {
	t.Helper()
	begun := time.Now()
	output, err := exec.Command("./openstack", append([]string{"up"}, assignments...)...).CombinedOutput()
	if err == nil {
		err = findCloud()
	}
	if err != nil {
		t.Fatalf("up %s: %v\n%s", strings.Join(assignments, " "), err, output)
	}
	t.Logf("up %s took %v", strings.Join(assignments, " "), time.Since(begun).Round(time.Second))
}

// createServer runs createserver, which exports its spans to Jaeger.
func (c tracedCloud) createServer(t *testing.T, args ...string) report {
	t.Helper()
	r, stderr, status := createServer(t, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + c.HTTP}, adminEnv...), args...)
	if status != 0 || r.Error != "" || strings.Contains(stderr, "delivered") {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if id, ok := propagation.TraceID(r.TraceID); ok { // without a key the report does not have it
		r.BaseID = propagation.BaseID(id)
	}
	return r
}

// settled returns the trace in Jaeger when check returns nil and no span has
// come for longer than Python's SDK delays spans.
func (c tracedCloud) settled(t *testing.T, traceID string, check func(jaeger.Trace) error) jaeger.Trace {
	t.Helper()
	const kept = 5 * time.Second
	count, since := 0, time.Now()
	return c.Eventually(t, time.Minute, traceID, func(trace jaeger.Trace) error {
		if len(trace) != count {
			count, since = len(trace), time.Now()
		}
		if err := check(trace); err != nil {
			return err
		}
		if time.Since(since) <= kept+time.Second {
			return errors.New("spans still come in")
		}
		return nil
	})
}

// draw logs the tree of a trace.
func (c tracedCloud) draw(t *testing.T, traceID string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace.json")
	if err := os.WriteFile(file, c.OTLP(t, traceID), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, _ := run(t, ostraceProgram, "show", file)
	t.Logf("\n%s", tree)
}

// export makes ostrace export the points of a trace from Redis to Jaeger.
func (c tracedCloud) export(t *testing.T, r report) {
	t.Helper()
	stdout, _ := run(t, ostraceProgram, "export", r.BaseID, "--connection-string", redisURL, "--endpoint", "http://"+c.HTTP)
	t.Log(strings.TrimSpace(stdout))
}

// sameServices returns an error if the spans have another list of services.
func sameServices(spans jaeger.Trace, want ...string) error {
	services := spans.Services()
	for _, name := range want {
		if services[name] == 0 {
			return fmt.Errorf("no span of %s: %v", name, services)
		}
	}
	if len(services) != len(want) {
		return fmt.Errorf("the services are %v, want %v", services, want)
	}
	return nil
}

// answered returns an error if one of the program's requests to a traced
// service does not have exactly one answer below it, or if the program exported
// too many or too few spans. program is its service name. Not every service
// traces requests for version documents.
func answered(spans jaeger.Trace, program string, r report, isTraced func(span) bool, isAnswer func(jaeger.Span) bool) error {
	answers := map[string]int{}
	for _, s := range spans {
		if isAnswer(s) {
			answers[s.ParentSpanID]++
		}
	}
	for _, s := range r.Spans {
		if s.Kind == "client" && s.Name != "GET /" && isTraced(s) && answers[s.SpanID] != 1 {
			return fmt.Errorf("%d answers to %s", answers[s.SpanID], s.request())
		}
	}
	if n := spans.Services()[program]; n != len(r.Spans) {
		return fmt.Errorf("%d spans of the program, it had %d", n, len(r.Spans))
	}
	return nil
}

func everyService(span) bool { return true }

// inLog returns an error if the number of Nova's answers is not the number of
// requests of the trace that Nova's API has logged.
func inLog(t *testing.T, spans jaeger.Trace, r report, isNovas func(jaeger.Span) bool) error {
	logged := 0
	for _, line := range logLines(t, "nova-api", "req-"+r.BaseID) {
		if strings.Contains(line, "nova.api.openstack.requestlog") {
			logged++
		}
	}
	if found := len(spans.Where(isNovas)); found != logged || found == 0 {
		return fmt.Errorf("%d requests in nova-api's log, and %d spans", logged, found)
	}
	return nil
}

// is returns a function that reports whether a span has that service and kind,
// and a name that matches.
func is(service string, kind trace.SpanKind, name string) func(jaeger.Span) bool {
	pattern := regexp.MustCompile(name)
	return func(s jaeger.Span) bool {
		return s.Kind == kind && pattern.MatchString(s.Name) && (service == "" || s.Service == service)
	}
}
