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

// backend is where the cloud's services send their spans to: the defaults of OTLP
// over HTTP and of Jaeger's agent.
var backend = jaeger.Addresses{HTTP: "127.0.0.1:4318", Agent: "127.0.0.1:6831"}

// Each way in which the services of the release can trace, with a real Jaeger: what of
// one server arrives there, and what it hangs under. The cloud is brought up
// anew for each, and in the end as it was.
func TestTracing(t *testing.T) {
	was := slices.DeleteFunc(slices.Clone(parameters), func(assignment string) bool { return strings.HasPrefix(assignment, "PATH=") })
	t.Cleanup(func() { useCloud(t, was...) })
	server := tracedCloud{jaeger.Start(t, backend)}
	for _, way := range thisRelease(t).tracings {
		t.Run(way.name, func(t *testing.T) { way.test(server, t) })
	}
}

// tracedCloud is the cloud of these tests, with the Jaeger that it sends to.
type tracedCloud struct{ *jaeger.Server }

// useCloud brings the cloud up with these parameters, NAME=VALUE each.
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
	if id, ok := propagation.TraceID(r.TraceID); ok { // which is not in the report without a key
		r.BaseID = propagation.BaseID(id)
	}
	return r
}

// settled returns what Jaeger has of a trace when check returns nil and no span
// has come for longer than Python's SDK keeps spans back.
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

// export has ostrace export the points of a trace from Redis to Jaeger.
func (c tracedCloud) export(t *testing.T, r report) {
	t.Helper()
	stdout, _ := run(t, ostraceProgram, "export", r.BaseID, "--connection-string", redisURL, "--endpoint", "http://"+c.HTTP)
	t.Log(strings.TrimSpace(stdout))
}

// sameServices reports another list of services than this.
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

// answered reports a request of the program to a traced service under which there
// is not exactly one span that is an answer to it, and how many spans the program,
// the service of that name, exported too many or too few. Version documents are not
// traced by every service.
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

// inLog reports another number of spans that are Nova's answers than Nova's API
// has logged of the trace.
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

// is returns whether a span is one of that service and kind, and its name matches.
func is(service string, kind trace.SpanKind, name string) func(jaeger.Span) bool {
	pattern := regexp.MustCompile(name)
	return func(s jaeger.Span) bool {
		return s.Kind == kind && pattern.MatchString(s.Name) && (service == "" || s.Service == service)
	}
}
