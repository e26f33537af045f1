// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"github.com/ostrace/ostrace/propagation"
)

// manyPoints is the least number of points in a large trace.
const manyPoints = 3000

// The stored points of one server, and of several servers in one trace, are
// shown as OSProfiler shows them, and faster. They are also shown in forms that
// OSProfiler does not have.
func TestOstrace(t *testing.T) {
	for name, traced := range map[string]func(*testing.T) storedTrace{
		"one server": oneServer, "several servers": severalServers,
	} {
		t.Run(name, func(t *testing.T) {
			trace := traced(t)
			t.Logf("%d points in trace %s", len(trace.points), trace.baseID)
			t.Run("tree", trace.tree)
			t.Run("HTML", trace.html)
			t.Run("DOT", trace.dot)
			t.Run("OTLP", trace.otlp)
			t.Run("list", trace.list)
			t.Run("speed", trace.speed)
		})
	}
}

// storedTrace is a trace to which nothing is added any more.
type storedTrace struct {
	baseID string
	points []point
}

func oneServer(t *testing.T) storedTrace {
	r, stderr, status := createServer(t, adminEnv, "--os-profile", "SECRET_KEY")
	if status != 0 {
		t.Fatal(stderr)
	}
	return settled(t, r, whole)
}

// severalServers creates several servers at once below one span. One server
// would have so many points only without Keystone's cache.
func severalServers(t *testing.T) storedTrace {
	several := thisRelease(t).servers
	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	compute := c.compute(t)
	image, network := idOf(t, "image", "tiny"), idOf(t, "network", "net1")
	ctx, root := c.tracer.Start(t.Context(), "create servers")
	failures := make([]error, several)
	var group sync.WaitGroup
	for i := range several {
		group.Go(func() {
			_, failures[i] = c.createAndDelete(ctx, compute, computeservers.CreateOpts{
				Name: fmt.Sprintf("several-%d", i), ImageRef: image, FlavorRef: "42", Networks: []computeservers.Network{{UUID: network}},
			})
		})
	}
	group.Wait()
	root.End()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	return settled(t, c.reportOf(root.SpanContext().TraceID()), func(trace []point, sent map[string]bool) error {
		if len(trace) < manyPoints {
			return fmt.Errorf("%d points are fewer than %d", len(trace), manyPoints)
		}
		return unbroken(trace, sent)
	})
}

// settled waits until the trace is complete, and the outputs of ostrace and
// OSProfiler are the same byte for byte.
func settled(t *testing.T, r report, complete func([]point, map[string]bool) error) storedTrace {
	t.Helper()
	trace := storedTrace{baseID: r.BaseID}
	eventually(t, func() error {
		trace.points = points(t, r.BaseID)
		if err := complete(trace.points, sentParents(r)); err != nil {
			return err
		}
		own, _ := run(t, ostraceProgram, trace.show("--json")...)
		theirs, _ := run(t, "osprofiler", trace.osprofilerShow()...)
		if own != theirs {
			return fmt.Errorf("ostrace and OSProfiler differ:\n%s", difference(own, theirs))
		}
		if n := len(points(t, r.BaseID)); n != len(trace.points) {
			return fmt.Errorf("there were %d points and are %d", len(trace.points), n)
		}
		return nil
	})
	return trace
}

func (s storedTrace) show(args ...string) []string {
	return append([]string{"show", s.baseID, "--connection-string", redisURL}, args...)
}

func (s storedTrace) osprofilerShow() []string {
	return []string{"trace", "show", "--json", s.baseID, "--connection-string", redisURL}
}

// difference returns the first lines that differ.
func difference(a, b string) string {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(left), len(right)) {
		if left[i] != right[i] {
			return fmt.Sprintf("line %d\n%s\n%s", i+1, left[i], right[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(left), len(right))
}

// spanIDs returns the span ids of the points, by the bridge, with those of
// their parents. The parents of points directly below the program are not
// stored.
func (s storedTrace) spanIDs(t *testing.T) map[string]string {
	t.Helper()
	parents := map[string]string{}
	for _, p := range s.points {
		id, ok := propagation.SpanID(p.TraceID)
		parent, parentOK := propagation.SpanID(p.ParentID)
		if !ok || !parentOK {
			t.Fatalf("point %s below %s", p.TraceID, p.ParentID)
		}
		parents[id.String()] = parent.String()
	}
	if len(parents) != len(s.points) {
		t.Fatalf("%d span ids of %d points", len(parents), len(s.points))
	}
	return parents
}

var spansInHead = regexp.MustCompile(`^Trace ([0-9a-f]{32})  ([0-9,]+) spans`)

func (s storedTrace) tree(t *testing.T) {
	stdout, stderr := run(t, ostraceProgram, s.show()...)
	head := spansInHead.FindStringSubmatch(stdout)
	if head == nil || head[1] != strings.ReplaceAll(s.baseID, "-", "") || strings.ReplaceAll(head[2], ",", "") != strconv.Itoa(len(s.points)) {
		t.Errorf("the tree of %d points begins\n%.200s", len(s.points), stdout)
	}
	if stderr != "" {
		t.Error(stderr)
	}
}

var pageSpanIDs = regexp.MustCompile(`"spanID":\s*"([0-9a-f]*)"`)

func (s storedTrace) html(t *testing.T) {
	stdout, _ := run(t, ostraceProgram, s.show("--html")...)
	column := pageSpanIDs.FindStringSubmatch(stdout)
	if column == nil {
		t.Fatal("no span ids in the page")
	}
	wanted := s.spanIDs(t)
	for id := range slices.Chunk([]byte(column[1]), 16) {
		delete(wanted, string(id))
	}
	if len(wanted) > 0 {
		t.Errorf("%d of %d spans are not in the page", len(wanted), len(s.points))
	}
}

var dotNode = regexp.MustCompile(`(?m)^\ts\d+ \[label=`)

func (s storedTrace) dot(t *testing.T) {
	stdout, _ := run(t, ostraceProgram, s.show("--dot", "--unfold")...)
	if nodes := len(dotNode.FindAllString(stdout, -1)); nodes != len(s.points) {
		t.Errorf("%d nodes of %d points", nodes, len(s.points))
	}
}

func (s storedTrace) otlp(t *testing.T) {
	stdout, _ := run(t, ostraceProgram, s.show("--otlp-json")...)
	var message struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct{ TraceID, SpanID, ParentSpanID string }
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &message); err != nil {
		t.Fatal(err)
	}
	wanted := s.spanIDs(t)
	for _, of := range message.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, span := range scope.Spans {
				if parent, ok := wanted[span.SpanID]; !ok || span.ParentSpanID != parent || span.TraceID != strings.ReplaceAll(s.baseID, "-", "") {
					t.Fatalf("the span %+v is not that of a point, or was there before", span)
				}
				delete(wanted, span.SpanID)
			}
		}
	}
	if len(wanted) > 0 {
		t.Errorf("%d of %d points have no span", len(wanted), len(s.points))
	}
}

func (s storedTrace) list(t *testing.T) {
	stdout, _ := run(t, ostraceProgram, "list", "--json", "--connection-string", redisURL)
	var traces []struct {
		BaseID        string `json:"base_id"`
		Notifications int
	}
	if err := json.Unmarshal([]byte(stdout), &traces); err != nil {
		t.Fatal(err)
	}
	for _, trace := range traces {
		if trace.BaseID == s.baseID {
			if trace.Notifications != 2*len(s.points) {
				t.Errorf("%d notifications are listed for %d points", trace.Notifications, len(s.points))
			}
			return
		}
	}
	t.Errorf("not among the %d traces that are listed", len(traces))
}

// timesAsFast is how many times as fast as "osprofiler trace show --json"
// ostrace must be. It holds on a busy machine too; on a quiet one ostrace was
// 15 to 24 times as fast.
const timesAsFast = 5

// speed measures both in turn, several times, so that other work of the machine
// affects both.
func (s storedTrace) speed(t *testing.T) {
	const times = 7
	var own, theirs []cost
	for range times {
		own = append(own, measure(t, append([]string{ostraceProgram}, s.show("--json")...)))
		theirs = append(theirs, measure(t, append([]string{locate(adminEnv, "osprofiler")}, s.osprofilerShow()...)))
	}
	t.Logf("%d points: ostrace %s", len(s.points), summary(own))
	t.Logf("%d points: osprofiler %s", len(s.points), summary(theirs))
	a, b := least(own), least(theirs)
	t.Logf("%.1f times as fast, %.1f times smaller", b.Wall.Seconds()/a.Wall.Seconds(), float64(b.MaxRSS)/float64(a.MaxRSS))
	if b.Wall < timesAsFast*a.Wall {
		t.Errorf("it is not %d times as fast", timesAsFast)
	}
	if timesSmaller := thisRelease(t).timesSmaller; b.MaxRSS < timesSmaller*a.MaxRSS {
		t.Errorf("it takes more than 1/%d of the memory", timesSmaller)
	}
}

// measure runs a command with the stopwatch.
func measure(t *testing.T, command []string) (c cost) {
	t.Helper()
	stdout, stderr, status := try(t, append(slices.Clip(adminEnv), beStopwatch+"=1"), stopwatchProgram(t), command...)
	if err := json.Unmarshal([]byte(stdout), &c); status != 0 || err != nil {
		t.Fatalf("exit status %d, %v: %s%s", status, err, stdout, stderr)
	}
	return c
}
