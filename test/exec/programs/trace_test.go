// SPDX-License-Identifier: Apache-2.0

package programs_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/store/redis"
	"github.com/ostrace/ostrace/test/exec/front"
	"github.com/ostrace/ostrace/test/exec/programs"
)

// redisURL is where the cloud's services store their points.
const redisURL = "redis://127.0.0.1:6379"

var traceIDLine = regexp.MustCompile(`(?m)^Trace ID: ([0-9a-f-]{36})$`)

// wantTrace fails the test unless the store has a whole trace of the step, with each
// of the requests that arrived at the front, and with no other requests.
func wantTrace(t *testing.T, step programs.Step, r result) {
	t.Helper()
	match := traceIDLine.FindStringSubmatch(r.stderr)
	if match == nil {
		t.Fatalf("no trace id in what ostrace says:\n%s", r.stderr)
	}
	eventually(t, r, match[1], func(stored *points.Trace) error {
		if len(stored.Points) != 1 {
			return fmt.Errorf("%d points have no parent, and only the command's is to have none", len(stored.Points))
		}
		return complete(stored, step, r.requests)
	})
}

// eventually fetches a trace until check finds no fault in it. The services store
// their points some time after they have answered.
func eventually(t *testing.T, r result, baseID string, check func(*points.Trace) error) {
	t.Helper()
	store, err := redis.Open(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		stored, err := points.Fetch(t.Context(), store, baseID)
		if err == nil {
			err = check(stored)
		}
		if err == nil {
			t.Logf("%d requests, %d points", len(r.requests), stored.Len())
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("trace %s: %v\n%s", baseID, err, r.stderr)
		}
	}
}

// complete returns the differences between the step's requests and its trace.
func complete(stored *points.Trace, step programs.Step, requests []front.Request) error {
	if notes := stored.Defects.Notes(); len(notes) > 0 {
		return errors.New(strings.Join(notes, "; "))
	}
	proxied := proxiedBy(stored)
	return errors.Join(
		everyRequest(stored.BaseID, proxied, requests),
		answered(stored, proxied),
		toTheDatabase(stored, step.Services),
	)
}

// proxiedBy returns the spans around the requests that ostrace exec has passed
// on. The services here store no points around their own requests.
func proxiedBy(stored *points.Trace) map[trace.SpanID]sdktrace.ReadOnlySpan {
	proxied := map[trace.SpanID]sdktrace.ReadOnlySpan{}
	for _, span := range stored.Spans() {
		if slices.Contains(span.Attributes(), points.PointKey.String("https")) {
			proxied[span.SpanContext().SpanID()] = span
		}
	}
	return proxied
}

// everyRequest compares the requests that arrived with the spans. Each request has to
// carry the signed ids of its own span.
func everyRequest(baseID string, proxied map[trace.SpanID]sdktrace.ReadOnlySpan, requests []front.Request) error {
	left := maps.Clone(proxied)
	for _, r := range requests {
		if r.Trace.BaseID != baseID {
			return fmt.Errorf("%s arrived in the trace %q", r, r.Trace.BaseID)
		}
		id, _ := propagation.SpanID(r.Trace.ParentID)
		span, ok := left[id]
		if !ok {
			return fmt.Errorf("no span of its own was around %s", r)
		}
		if got := requestOf(span); got != r.String() {
			return fmt.Errorf("the span of %s was around %s", got, r)
		}
		delete(left, id)
	}
	for _, span := range left {
		return fmt.Errorf("%d spans are of requests that did not arrive, such as %s", len(left), requestOf(span))
	}
	return nil
}

// requestOf returns the request of a span.
func requestOf(span sdktrace.ReadOnlySpan) string {
	var method, full string
	for _, a := range span.Attributes() {
		switch a.Key {
		case semconv.HTTPRequestMethodKey:
			method = a.Value.AsString()
		case semconv.URLFullKey:
			full = a.Value.AsString()
		}
	}
	return request(method, full)
}

// request returns a request as front.Request.String does.
func request(method, full string) string {
	address, _, _ := strings.Cut(strings.TrimPrefix(full, "https://"), "?")
	return method + " " + address
}

// answered reports a span without the point of the service that answered. The
// services trace no requests for their version documents.
func answered(stored *points.Trace, proxied map[trace.SpanID]sdktrace.ReadOnlySpan) error {
	for p := range stored.All() {
		id, _ := propagation.SpanID(p.TraceID)
		span, ok := proxied[id]
		if !ok || versionDocument.MatchString(requestOf(span)) {
			continue
		}
		if len(p.Children) != 1 || p.Children[0].Name != "wsgi" {
			return fmt.Errorf("%s has %d points below it, and not the one of the service that answered", requestOf(span), len(p.Children))
		}
	}
	return nil
}

var versionDocument = regexp.MustCompile(`^GET (image|network|compute|volumev3|placement)\.cloud\.test(/v[0-9.]+)?/?$`)

// toTheDatabase reports a service without a SQL statement in the trace. For services
// that do not let OSProfiler trace SQL, it reports one that has no points at all.
func toTheDatabase(stored *points.Trace, services []string) error {
	missing := slices.Clone(services)
	for p := range stored.All() {
		if strings.HasSuffix(p.Name, "db") || p.Project == "placement" || p.Project == "cinder" {
			missing = slices.DeleteFunc(missing, func(service string) bool { return service == p.Project })
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("no SQL of %s", strings.Join(missing, ", "))
	}
	return nil
}
