// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"slices"
	"testing"

	"github.com/ostrace/ostrace/propagation"
)

// With the store, createserver draws the whole tree, and OSProfiler shows the
// same tree: the program's own spans, which are stored as points, and below
// each request the services' points.
func TestCreateServerWithStore(t *testing.T) {
	r, stderr, status := createServer(t, adminEnv, "--os-profile", "SECRET_KEY", "--connection-string", redisURL)
	if status != 0 || r.Error != "" {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	own, ownPoints := clientSpans(r)
	var stored []point
	eventually(t, func() error {
		stored = points(t, r.BaseID)
		sent := sentParents(own)
		sent[r.BaseID] = true // the parent of the program's own first span
		return whole(stored, sent)
	})

	t.Run("one tree", func(t *testing.T) {
		shown := map[string]bool{}
		for _, s := range r.Spans {
			if shown[s.SpanID] || s.TraceID != r.TraceID {
				t.Errorf("span %s of trace %s is there twice, or of another trace", s.SpanID, s.TraceID)
			}
			shown[s.SpanID] = true
		}
		roots := 0
		for _, s := range r.Spans {
			if s.ParentSpanID == "" {
				roots++
			} else if !shown[s.ParentSpanID] {
				t.Errorf("the parent of %s is not there", s.Name)
			}
		}
		if roots != 1 {
			t.Errorf("%d roots", roots)
		}
		missing := len(stored)
		for _, p := range stored {
			if id, ok := propagation.SpanID(p.TraceID); ok && shown[id.String()] {
				missing--
			}
		}
		if missing > 0 || len(stored) != len(r.Spans) {
			t.Errorf("%d spans, of %d points %d are missing", len(r.Spans), len(stored), missing)
		}
		t.Logf("%d spans, %d of them the program's own", len(r.Spans), len(own.Spans))
	})
	t.Run("osprofiler trace show", func(t *testing.T) {
		root := traceShow(t, r.BaseID)
		if shown := root.descendants(); shown != len(stored) {
			t.Errorf("it shows %d points of %d", shown, len(stored))
		}
		if len(root.Children) != 1 || !ownPoints[root.Children[0].TraceID] {
			t.Errorf("at the top are %d points, and not the program's own first", len(root.Children))
		}
		services := 0
		root.walk(func(parent, p traceNode) {
			if ownPoints[p.TraceID] || !ownPoints[parent.TraceID] {
				return
			}
			services++
			if parent.Info["name"] != "http" || p.Info["name"] != "wsgi" || parent.request() != p.request() {
				t.Errorf("%v %s hangs under %v %s", p.Info["name"], p.request(), parent.Info["name"], parent.request())
			}
		})
		if services == 0 {
			t.Error("no point of a service hangs under the program's own")
		}
	})
	t.Run("ostrace show", func(t *testing.T) {
		trace := storedTrace{r.BaseID, stored}
		own, _ := run(t, ostraceProgram, trace.show("--json")...)
		theirs, _ := run(t, "osprofiler", trace.osprofilerShow()...)
		if own != theirs {
			t.Errorf("ostrace and OSProfiler differ:\n%s", difference(own, theirs))
		}
		trace.tree(t)
	})
}

// clientSpans returns the program's own spans of a whole trace, and the
// trace_ids of their points.
func clientSpans(r report) (own report, pointIDs map[string]bool) {
	own = r
	own.Spans = slices.DeleteFunc(slices.Clone(r.Spans), func(s span) bool {
		_, service := s.Attributes["osprofiler.point"]
		return service
	})
	return own, sentParents(own)
}

// walk calls visit for every point with its parent.
func (n traceNode) walk(visit func(parent, p traceNode)) {
	for _, child := range n.Children {
		visit(n, child)
		child.walk(visit)
	}
}

// request returns the method and the path of a point that is a client's or a
// server's request.
func (n traceNode) request() string {
	for _, point := range []string{"wsgi", "http", "https"} {
		notification, _ := n.Info["meta.raw_payload."+point+"-start"].(map[string]any)
		info, _ := notification["info"].(map[string]any)
		for _, member := range []string{"request", "requests"} {
			if request, ok := info[member].(map[string]any); ok {
				method, _ := request["method"].(string)
				path, _ := request["path"].(string)
				return method + " " + path
			}
		}
	}
	return ""
}
