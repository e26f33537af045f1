// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"slices"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// lines are the labels of a trace's lines, without the guides.
func lines(r *recorder) (list []string) {
	newTree(r.stubs.Snapshots(), Labels{}).walk(func(l line) {
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
	tree := newTree(r.stubs.Snapshots(), Labels{})
	for i, a := range tree.top {
		for _, b := range tree.top[:i] {
			if a.shape == b.shape {
				t.Errorf("one shape for %v and %v", a.start, b.start)
			}
		}
	}
}

// A subtree that is equal to one further up is drawn without its details, unless it
// is slow or has an error.
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

// labels returns the lines of a trace with the given folding.
func labels(r *recorder, f folding) (list []string) {
	t := newTree(r.stubs.Snapshots(), Labels{})
	t.folding = f
	t.walk(func(l line) { list = append(list, label(l.run)+count(l, 100)) })
	return list
}

func TestFoldMore(t *testing.T) {
	client := func(r *recorder) {
		api := r.span(0, "nova", "api", 0, 100)
		get := r.span(api, "nova", "api", 10, 90)
		r.span(api, "nova", "api", 1, 2)
		r.span(api, "nova", "prepare", 3, 4)
		r.span(get, "nova", "api", 11, 12)
		r.span(get, "neutron", "GET", 13, 80)
		r.span(get, "neutron", "api", 81, 82)
	}
	propagated := func(r *recorder) {
		api := r.span(0, "nova", "api", 0, 100)
		list := r.span(api, "nova", "api", 1, 50)
		get := r.span(list, "nova", "api", 2, 40)
		r.fail(list, "not found")
		r.fail(get, "not found")
		r.fail(r.span(get, "nova", "api", 3, 30), "refused")
	}
	cast := func(r *recorder) {
		post := r.span(0, "api", "POST", 0, 10)
		r.span(r.span(post, "conductor", "cast", 8, 9), "compute", "build", 9, 1000)
	}
	interleaved := func(r *recorder) {
		post := r.span(0, "s", "POST", 0, 1000)
		for i := range 10 {
			at := float64(10 * i)
			r.span(post, "s", "SELECT", at, at+1)
			r.span(post, "s", "INSERT", at+2, at+3)
			call := r.span(post, "s", "call", at+4, at+8)
			r.span(call, "s", []string{"a", "b"}[i%2], at+4, at+5)
		}
		slow := r.span(post, "s", "call", 300, 900)
		r.span(slow, "s", "a", 400, 500)
		r.fail(r.span(post, "s", "SELECT", 950, 951), "deadlock")
	}
	handled := func(r *recorder) {
		for i := range 4 {
			at := float64(100 * i)
			get := r.span(0, "s", "GET", at, at+10)
			r.fail(r.span(get, "s", "SELECT", at, at+1), "deadlock")
			r.span(get, "s", "SELECT", at+2, at+3)
		}
		r.span(0, "s", "end", 900, 1000)
	}
	for name, test := range map[string]struct {
		make    func(*recorder)
		folding folding
		want    []string
	}{
		"no layers":                {client, folding{}, []string{"api", "api", "prepare", "api", "api", "GET", "api"}},
		"layers":                   {client, folding{layers: true}, []string{"api (4 spans)", "prepare", "GET", "api"}},
		"errors in layers":         {propagated, folding{layers: true}, []string{"api", "✗ api (2 spans)", "✗ api"}},
		"brief, with what goes on": {cast, folding{brief: 100 * time.Millisecond}, []string{"POST", "cast", "build"}},
		"apart, equal":             {interleaved, folding{apart: true}, []string{"POST", "10 × SELECT", "10 × INSERT", "5 × call (10 spans)", "5 × call (10 spans)", "call", "a", "✗ SELECT"}},
		"brief":                    {interleaved, folding{brief: time.Second}, []string{"POST", "10 × SELECT", "10 × INSERT", "10 × call (20 spans)", "call (2 spans)", "✗ SELECT"}},
		"errors":                   {handled, folding{}, []string{"GET", "✗ SELECT", "SELECT", "GET", "✗ SELECT", "SELECT", "GET", "✗ SELECT", "SELECT", "GET", "✗ SELECT", "SELECT", "end"}},
		"repeated":                 {handled, folding{repeated: true}, []string{"GET", "✗ SELECT", "SELECT", "3 × GET (9 spans, 3 errors)", "end"}},
		"unfold":                   {handled, folding{unfold: true, repeated: true}, []string{"GET", "✗ SELECT", "SELECT", "GET", "✗ SELECT", "SELECT", "GET", "✗ SELECT", "SELECT", "GET", "✗ SELECT", "SELECT", "end"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			test.make(r)
			if got := labels(r, test.folding); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A trace is folded as much as it needs to be read, and no more.
func TestFoldToSize(t *testing.T) {
	count := func(t *tree) (lines int) {
		t.walk(func(line) { lines++ })
		return lines
	}
	for n, want := range map[int]struct{ least, most int }{
		5:    {1 + 5*4, 1 + 5*4},
		24:   {1 + 24*4, 1 + 24*4},
		25:   {2, maxLines},
		2000: {2, maxLines},
	} {
		r := newRecorder()
		root := r.span(0, "s", "root", 0, 10000)
		for i := range n {
			at := 10000 * float64(i) / float64(n)
			took := 1000 / float64(n) * float64(1+i%9)
			step := r.span(root, "s", fmt.Sprintf("step %c", 'a'+i%26), at, at+took)
			r.span(step, "s", "part", at, at+took/2)
			r.span(step, fmt.Sprintf("s%d", i), "other", at+took/2, at+took)
			r.span(step, "s", "end", at+took, at+took)
		}
		tree := newTree(r.stubs.Snapshots(), Labels{})
		tree.fold(true)
		if got := count(tree); got != len(r.stubs) {
			t.Errorf("%d steps unfolded: %d lines of %d spans", n, got, len(r.stubs))
		}
		tree.fold(false)
		if got := count(tree); got < want.least || got > want.most {
			t.Errorf("%d steps: %d lines, want %d to %d", n, got, want.least, want.most)
		}
	}
}
