// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// path lists the spans on the critical path with their own time on it in ms.
func path(t *tree) (list []string) {
	for _, n := range t.order(0) {
		if !n.critical {
			continue
		}
		text := fmt.Sprintf("%s %v", n.name, float64(n.criticalSelf)/1e6)
		if n.criticalAfter > 0 {
			text += fmt.Sprintf(" after %v", float64(n.criticalAfter)/1e6)
		}
		if n.criticalWait > 0 {
			text += fmt.Sprintf(" waiting %v", float64(n.criticalWait)/1e6)
		}
		list = append(list, text)
	}
	return list
}

func TestCriticalPath(t *testing.T) {
	for name, test := range map[string]struct {
		make func(*recorder)
		want []string
	}{
		"one span": {func(r *recorder) { r.span(0, "s", "root", 0, 10) }, []string{"root 10"}},
		"a chain": {func(r *recorder) {
			r.span(r.span(r.span(0, "s", "a", 0, 10), "s", "b", 1, 8), "s", "c", 2, 4)
		}, []string{"a 3", "b 5", "c 2"}},
		"one after the other": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 10)
			r.span(root, "s", "a", 1, 3)
			r.span(root, "s", "b", 4, 8)
		}, []string{"root 4", "a 2", "b 4"}},
		"at the same time": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 10)
			r.span(root, "s", "ends first", 1, 8)
			r.span(root, "s", "ends last", 2, 9)
			r.span(root, "s", "before both", 0, 2)
		}, []string{"root 1", "before both 2", "ends last 7"}},
		"the longer one of two that end together": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 10)
			r.span(root, "s", "short", 5, 8)
			r.span(root, "s", "long", 2, 8)
		}, []string{"root 4", "long 6"}},
		"a child that outlives its parent": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 10)
			call := r.span(root, "s", "call", 2, 6)
			r.span(r.span(call, "s", "job", 4, 30), "s", "query", 5, 20)
		}, []string{"root 6", "call 4"}},
		"a consumer that outlives the sender": {func(r *recorder) {
			call := r.span(r.span(0, "s", "root", 0, 10), "s", "call", 2, 6)
			r.stubs[r.span(call, "other", "consumer", 4, 30)-1].SpanKind = trace.SpanKindConsumer
		}, []string{"root 6", "call 4"}},
		"a server whose clock is late": {func(r *recorder) {
			call := r.span(r.span(0, "s", "root", 0, 10), "s", "call", 2, 6)
			server := r.span(call, "other", "server", 3, 7)
			r.span(server, "other", "query", 4, 6.5)
		}, []string{"root 6", "call 1", "server 1", "query 2"}},
		"a child that begins before its parent": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 10)
			r.span(r.span(root, "s", "call", 2, 6), "s", "early", 1, 5)
		}, []string{"root 6", "call 1", "early 3"}},
		"a child outside its parent": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 10)
			call := r.span(root, "s", "call", 5, 8)
			r.span(call, "s", "before", 1, 2)
			r.span(call, "s", "after", 9, 10)
		}, []string{"root 7", "call 3"}},
		"nothing takes no time": {func(r *recorder) {
			r.span(r.span(0, "s", "root", 0, 10), "s", "instant", 5, 5)
		}, []string{"root 10"}},
		"several at the top": {func(r *recorder) {
			r.span(0, "s", "a", 0, 4)
			r.span(0, "s", "beside a", 1, 3)
			r.span(0, "s", "b", 5, 10)
		}, []string{"a 4", "b 5"}},
		"several at the top, and work that goes on": {func(r *recorder) {
			r.span(0, "s", "GET", 0, 4)
			post := r.span(0, "s", "POST", 5, 10)
			r.span(post, "s", "check", 5, 6)
			cast := r.span(post, "s", "build", 8, 40)
			r.span(cast, "s", "boot", 20, 40)
			r.span(0, "s", "poll", 30, 31)
		}, []string{"GET 4", "POST 2", "check 1", "build 12", "boot 20"}},
		"work that begins after its parent": {func(r *recorder) {
			r.span(0, "s", "GET", 0, 4)
			r.span(r.span(0, "s", "POST", 5, 10), "s", "later", 15, 40)
		}, []string{"GET 4", "POST 5 after 5", "later 25"}},
		"no end": {func(r *recorder) {
			root := r.span(0, "s", "root", 0, 0)
			r.set(root, "label.missing", "end")
			r.span(root, "s", "a", 1, 5)
			r.stubs[r.span(root, "s", "b", 2, 0)-1].EndTime = time.Time{}
		}, []string{"root 1", "a 4"}},
		"no start": {func(r *recorder) {
			root := r.span(0, "s", "root", 10, 10)
			r.set(root, "label.missing", "start")
			r.span(root, "s", "a", 1, 5)
		}, []string{"root 5", "a 4"}},
		"nothing": {func(*recorder) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			test.make(r)
			if got := path(newTree(r.stubs.Snapshots(), labeled)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// walkBack is the definition of the critical path below one root, word for
// word: quadratic, and with a level of the stack for each of the trace.
func walkBack(n *node, start, end time.Duration, self map[*node]time.Duration) {
	at := end
	for {
		var last *node
		var from, to time.Duration
		for _, c := range n.children {
			cFrom, cTo := max(c.start, start), min(c.end, end)
			if cTo > at || cTo <= cFrom || c.end > n.end && c.service == n.service {
				continue
			}
			if last == nil || cmp.Or(cmp.Compare(cTo, to), cmp.Compare(from, cFrom)) > 0 {
				last, from, to = c, cFrom, cTo
			}
		}
		if last == nil {
			self[n] += at - start
			return
		}
		self[n] += at - to
		walkBack(last, from, to, self)
		at = from
	}
}

func TestCriticalPathIsTheOneDefined(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		r := newRecorder()
		root := r.span(0, "s", "root", 0, 100)
		for i := range 1 + rng.IntN(100) {
			start := float64(rng.IntN(110)) - 5
			r.span(root+rng.IntN(i+1), []string{"s", "other"}[rng.IntN(2)], fmt.Sprint("n", i), start, start+float64(rng.IntN(40)))
		}
		tree := newTree(r.stubs.Snapshots(), Labels{})
		if len(tree.top) != 1 {
			t.Fatalf("%d at the top", len(tree.top))
		}
		want := map[*node]time.Duration{}
		top := tree.top[0]
		walkBack(top, top.start, top.end, want)
		for _, n := range tree.order(0) {
			self, critical := want[n]
			if n.critical != critical || n.onPath() != self {
				t.Fatalf("%v to %v: critical %t, %v, want %t, %v", n.start, n.end, n.critical, n.criticalSelf, critical, self)
			}
		}
	}
}

// checkCritical checks rules that hold for every trace: no time is on the path twice,
// and the path has gaps only at the top.
func checkCritical(t *testing.T, tree *tree) {
	t.Helper()
	sum := time.Duration(0)
	var parts []extent
	for _, n := range tree.order(0) {
		if n.critical && n.parent != nil && !n.parent.critical {
			t.Errorf("%q is on the critical path and its parent isn't", n.name)
		}
		if !n.critical && n.onPath() != 0 || n.criticalSelf < 0 || n.criticalSelf+n.criticalWait > n.known.end-n.known.start {
			t.Errorf("%q has %v on the critical path", n.name, n.criticalSelf)
		}
		sum += n.onPath()
		parts = append(parts, n.criticalParts...)
	}
	want := tree.total
	if len(tree.top) == 1 {
		want = tree.top[0].known.end - tree.top[0].known.start
	}
	if sum += tree.idle + tree.waited; sum != want {
		t.Errorf("the critical path takes %v of %v", sum, want)
	}
	slices.SortFunc(parts, func(a, b extent) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(parts); i++ {
		if parts[i].start < parts[i-1].end {
			t.Errorf("the critical path is in two spans at %v", parts[i].start)
		}
	}
}

// checkTotals checks that no span, service or kind has more self time than time, and
// none has more time than the trace.
func checkTotals(t *testing.T, tree *tree) {
	t.Helper()
	for _, n := range tree.nodes {
		if self := n.self(); self < 0 || self > n.duration() {
			t.Errorf("%q has the self time %v of %v", n.name, self, n.duration())
		}
	}
	for _, s := range slices.Concat(tree.services, tree.kinds) {
		if self, total := s.self.time, s.total.time; self < 0 || self > total || total > tree.total {
			t.Errorf("%q has the self time %v of %v, and the trace takes %v", s.name, self, total, tree.total)
		}
	}
	if tree.outside < 0 || tree.outside > tree.total {
		t.Errorf("%v of %v are in no span", tree.outside, tree.total)
	}
}

func BenchmarkTree(b *testing.B) {
	for name, spans := range map[string][]sdktrace.ReadOnlySpan{
		"20000":      random(rand.New(rand.NewPCG(7, 8)), 20000),
		"20000 deep": deep(10000),
		"20000 wide": polls(5000),
	} {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newTree(spans, Labels{})
			}
		})
	}
}
