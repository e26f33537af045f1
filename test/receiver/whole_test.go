// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/test/jaeger"
)

// What OSProfiler's own driver has sent to the queue or stored is what Jaeger has,
// with the ids, times, names and attributes that ostrace export sends.
func TestWhole(t *testing.T) {
	t.Parallel()
	r := startRabbitMQ(t)
	redis := startRedis(t)
	for release, packages := range releases {
		t.Run(release+", messaging", func(t *testing.T) {
			back := jaeger.Start(t, jaeger.Addresses{})
			c := queueReader(t, r, "http://"+back.HTTP)
			c.start() // there is no queue yet
			written := writePoints(t, packages, serviceConfig(r.transportURL(), ""), 3)
			arrived(t, back, written)
			// The next points come while the Collector reads.
			arrived(t, back, writePoints(t, packages, serviceConfig(r.transportURL(), ""), 3))
		})
		t.Run(release+", Redis", func(t *testing.T) {
			back := jaeger.Start(t, jaeger.Addresses{})
			connection := "redis://" + redis
			config := profilerConfig(connection)
			c := newCollector(t, connection, "    poll_interval: 200ms\n", "http://"+back.HTTP)
			written := writePoints(t, packages, config, 3)
			c.start()
			arrived(t, back, written)
			arrived(t, back, writePoints(t, packages, config, 3))
		})
	}
}

func startRedis(t testing.TB) (address string) {
	t.Helper()
	port := freePort(t)
	redis := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	redis.Env = environment(t.TempDir())
	start(t, redis).listens("127.0.0.1:" + port)
	return "127.0.0.1:" + port
}

// arrived waits until Jaeger has the spans of the notifications, and fails if it
// has others of their traces, or one twice.
func arrived(t *testing.T, back *jaeger.Server, written []points.Notification) {
	t.Helper()
	for _, trace := range tracesOf(t, written) {
		spans := trace.Spans()
		traceID := spans[0].SpanContext().TraceID().String()
		found := back.Eventually(t, limit, traceID, func(found jaeger.Trace) error {
			if len(found) < len(spans) {
				return fmt.Errorf("%d spans of %d", len(found), len(spans))
			}
			return nil
		})
		if err := found.Tree(); err != nil {
			t.Error(err)
		}
		if err := equal(spans, found); err != nil {
			t.Errorf("trace %s: %v", traceID, err)
		}
	}
}

// tracesOf returns the traces of the notifications.
func tracesOf(t *testing.T, written []points.Notification) (traces []*points.Trace) {
	t.Helper()
	byBaseID := map[string][]points.Notification{}
	for _, n := range written {
		byBaseID[n.BaseID] = append(byBaseID[n.BaseID], n)
	}
	for baseID, notifications := range byBaseID {
		trace, err := points.NewTrace(baseID, func(yield func(points.Notification, error) bool) {
			for _, n := range notifications {
				if !yield(n, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, trace)
	}
	return traces
}

// equal returns an error for each difference between spans and those in Jaeger.
func equal(want []sdktrace.ReadOnlySpan, got jaeger.Trace) error {
	var errs []error
	byID := map[string]jaeger.Span{}
	for _, s := range got {
		byID[s.SpanID] = s
	}
	if len(got) != len(want) {
		errs = append(errs, fmt.Errorf("%d spans, want %d", len(got), len(want)))
	}
	for _, w := range want {
		g := byID[w.SpanContext().SpanID().String()]
		service, _ := w.Resource().Set().Value("service.name")
		parent := ""
		if w.Parent().IsValid() {
			parent = w.Parent().SpanID().String()
		}
		attributes := map[string]any{}
		for _, kv := range w.Attributes() {
			attributes[string(kv.Key)] = kv.Value.AsInterface()
		}
		switch {
		case g.Name != w.Name(), g.Kind != w.SpanKind(), g.ParentSpanID != parent, g.Service != service.AsString(),
			g.Scope != w.InstrumentationScope().Name, !g.Start.Equal(w.StartTime()), !g.End.Equal(w.EndTime()):
			errs = append(errs, fmt.Errorf("%+v, want %s %s of %s", g, w.Name(), w.SpanContext().SpanID(), service.AsString()))
		case !maps.Equal(g.Attributes, attributes):
			errs = append(errs, fmt.Errorf("%s has the attributes %v, want %v", w.Name(), g.Attributes, attributes))
		}
	}
	return errors.Join(errs...)
}

// A point that never stops is sent after unfinished_after, and marked.
func TestUnfinished(t *testing.T) {
	t.Parallel()
	r := startRabbitMQ(t)
	back := jaeger.Start(t, jaeger.Addresses{})
	m := newTemplate(t, r, "")
	start, _ := m.point(1)
	_, stop := m.point(2)
	newPublisher(t, r, m).send(start, stop)
	c := newCollector(t, "messaging://", fmt.Sprintf("    transport_url: %q\n    unfinished_after: 2s\n", r.transportURL()), "http://"+back.HTTP)
	c.start()
	n, err := points.ParseMessage(start)
	if err != nil {
		t.Fatal(err)
	}
	found := back.Eventually(t, limit, strings.ReplaceAll(n.BaseID, "-", ""), func(found jaeger.Trace) error {
		if len(found) < 2 {
			return fmt.Errorf("%d spans", len(found))
		}
		return nil
	})
	missing := map[any]int{}
	for _, s := range found {
		missing[s.Attributes["osprofiler.missing"]]++
		if took := s.End.Sub(s.Start); took > time.Nanosecond { // which Jaeger makes of none
			t.Errorf("%v has the duration %v", s, took)
		}
	}
	if len(found) != 2 || missing["stop"] != 1 || missing["start"] != 1 {
		t.Errorf("missing: %v, want a start and a stop", missing)
	}
}
