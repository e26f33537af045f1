package waterfall

import (
	"fmt"
	"slices"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// lines are the labels of a trace's lines, without the guides.
func lines(r *recorder) (list []string) {
	newTree(r.stubs.Snapshots()).walk(func(l line) {
		list = append(list, label(l.run)+count(l, 100))
	})
	return list
}

func checkLines(t *testing.T, r *recorder, want ...string) {
	t.Helper()
	if got := lines(r); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Polls of one server are equal, however often each one asks the database and
// in whatever order its answer is put together.
func TestFoldPolls(t *testing.T) {
	r := newRecorder()
	for i := range 3 {
		at := 100 * float64(i)
		get := r.span(0, "nova", fmt.Sprintf("GET /servers/%d", i), at, at+50)
		r.sql(get, "nova", "SELECT", 1+i, at+10, 1)
		token := r.span(get, "keystone", "token", at+float64(20*(i%2)), at+30)
		r.span(token, "keystone", "SELECT", at+20, at+21)
	}
	checkLines(t, r, "3 × GET /servers/{id} (15 spans)")
}

func TestFoldNeedsEqualSubtrees(t *testing.T) {
	r := newRecorder()
	for i := range 4 {
		at := 100 * float64(i)
		get := r.span(0, "nova", "GET", at, at+50)
		for range 1 + i%2 {
			r.span(r.span(get, "nova", "call", at, at+1), "nova", "leaf", at, at+1)
		}
		r.span(get, []string{"a", "b"}[i/2], "leaf", at+2, at+3)
	}
	tree := newTree(r.stubs.Snapshots())
	for i, a := range tree.top {
		for _, b := range tree.top[:i] {
			if a.shape == b.shape {
				t.Errorf("one shape for %v and %v", a.start, b.start)
			}
		}
	}
}

// What looks like something further up is drawn without its details, unless
// it is slow or something is wrong there.
func TestFoldRepetition(t *testing.T) {
	r := newRecorder()
	call := func(at, duration float64) (id int) {
		id = r.span(0, "s", "call", at, at+duration)
		r.span(id, "s", "query", at, at+duration)
		r.span(0, "s", "between", at+duration, at+duration)
		return id
	}
	call(0, 9)
	call(10, 9)
	call(20, 60)
	r.fail(call(80, 1), "")
	r.fail(call(85, 1)+1, "")
	call(90, 9)
	checkLines(t, r,
		"call", "query", "between",
		"call (2 spans)", "between",
		"call", "query", "between",
		"✗ call", "query", "between",
		"call", "✗ query", "between",
		"call (2 spans)", "between")
}

// polls is a wide trace of n polls with four spans each.
func polls(n int) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	root := r.span(0, "client", "wait", 0, float64(n))
	for i := range n {
		at := float64(i)
		get := r.span(root, "nova", fmt.Sprintf("GET /servers/%d", i%2), at, at+0.5)
		r.sql(get, "nova", "SELECT", 3, at, 0.1)
	}
	return r.stubs.Snapshots()
}
