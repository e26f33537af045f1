// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// request adds a client's span of an HTTP request.
func (r *recorder) request(parent int, service, method, path string, start, end float64) int {
	id := r.span(parent, service, method+" "+path, start, end)
	r.set(id, "http.request.method", method, "url.path", path)
	r.stubs[id-1].SpanKind = trace.SpanKindClient
	return id
}

// notFound makes the span a request that was answered with the status 404.
func (r *recorder) notFound(id int) {
	r.fail(id, "", attribute.Int("http.response.status_code", 404))
}

// create makes a trace of a program that creates a server and waits for it. The
// result is the span of the service that answers the POST, from 10 ms to 90 ms. The
// program polls from 110 ms to 790 ms.
func create(r *recorder) (post int) {
	root := r.span(0, "client", "root", 0, 1000)
	post = r.span(r.span(root, "client", "create", 0, 100), "api", "POST", 10, 90)
	wait := r.span(root, "client", "wait", 100, 900)
	for _, poll := range [][2]float64{{110, 120}, {320, 330}, {540, 550}, {760, 790}} {
		r.request(wait, "client", "GET", "/servers/1", poll[0], poll[1])
	}
	return post
}

// notes lists the notes of a tree with the names of their spans.
func notes(t *tree) (list []string) {
	for _, n := range t.nodes {
		if n.note != "" {
			list = append(list, n.name+": "+n.note)
		}
	}
	return list
}

const poll = "GET /servers/1"

func TestWaits(t *testing.T) {
	for name, test := range map[string]struct {
		make        func(*recorder)
		path, notes []string
	}{
		"the cause is a job of another service": {func(r *recorder) {
			r.span(create(r), "worker", "build", 80, 605)
		}, []string{"root 100", "create 10", "wait 265", "POST 70", poll + " 30", "build 525"},
			[]string{"wait: waiting for worker 495 ms"}},
		"the job calls services": {func(r *recorder) {
			job := r.span(create(r), "worker", "build", 80, 605)
			r.span(r.span(job, "worker", "GET", 200, 300), "network", "GET", 205, 295)
			r.span(job, "network", "beside it", 210, 220)
			r.span(job, "disk", "copy", 300, 600)
		}, []string{"root 100", "create 10", "wait 265", "POST 70", poll + " 30", "build 125", "GET 10", "copy 300", "GET 90"},
			[]string{"wait: waiting for disk 300 ms, worker 105 ms, network 90.0 ms"}},
		"what the job begins goes on after it": {func(r *recorder) {
			job := r.span(create(r), "worker", "build", 95, 105)
			r.span(job, "network", "port", 200, 400)
			r.span(job, "worker", "save", 450, 600)
		}, []string{"root 100", "create 10", "wait 270", "POST 80 after 5", poll + " 30", "build 10 after 145", "port 200", "save 150"},
			[]string{"wait: waiting for worker 290 ms, network 200 ms"}},
		"the state changes during the last request": {func(r *recorder) {
			r.span(create(r), "worker", "build", 80, 785)
		}, []string{"root 100", "create 10", "wait 110", "POST 70", poll + " 30", "build 680"},
			[]string{"wait: waiting for worker 650 ms"}},
		"there is no job": {func(r *recorder) { create(r) },
			[]string{"root 100", "create 20", "wait 120 waiting 650", "POST 80", poll + " 30"},
			[]string{"wait: " + unexplained}},
		"the job ends after the last request": {func(r *recorder) {
			r.span(create(r), "worker", "build", 95, 795)
		}, []string{"root 100", "create 20", "wait 120 waiting 650", "POST 80", poll + " 30"},
			[]string{"wait: " + unexplained}},
		"a request sees the old state after the end of the job": {func(r *recorder) {
			r.span(create(r), "worker", "build", 95, 535)
		}, []string{"root 100", "create 20", "wait 120 waiting 650", "POST 80", poll + " 30"},
			[]string{"wait: " + unexplained}},
		"the program waits for what it deletes, in one span": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 400)
			remove := r.request(root, "client", "DELETE", "/servers/1", 0, 50)
			r.span(remove, "worker", "terminate", 60, 300)
			for _, at := range []float64{60, 180, 310} {
				r.request(root, "client", "GET", "/servers/1", at, at+10)
			}
			r.notFound(6)
		}, []string{"root 90", "DELETE /servers/1 50 after 10", poll + " 10", "terminate 240"},
			[]string{poll + ": waiting for worker 240 ms", poll + ": waiting for worker 240 ms", poll + ": 404, expected after DELETE, waiting for worker 240 ms"}},
		"the program asks once more after the wait": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 3000)
			r.span(r.request(root, "client", "POST", "/servers", 0, 10), "worker", "build", 12, 1900)
			for _, at := range []float64{20, 1020, 2020, 2090} {
				r.request(root, "client", "GET", "/servers/1", at, at+10)
			}
		}, []string{"root 1080", "POST /servers 10 after 2", poll + " 10", poll + " 10", "build 1888"},
			slices.Repeat([]string{poll + ": waiting for worker 1.88 s"}, 3)},
		"no span of the program": {func(r *recorder) {
			post := r.request(0, "api", "POST", "/servers", 0, 50)
			r.span(post, "worker", "build", 40, 305)
			for _, at := range []float64{60, 180, 310} {
				r.request(0, "api", "GET", "/servers/1", at, at+10)
			}
		}, []string{"POST /servers 40", poll + " 10", "build 265"},
			slices.Repeat([]string{poll + ": waiting for worker 245 ms"}, 3)},
		"no span of the program, and no job": {func(r *recorder) {
			r.request(0, "api", "POST", "/servers", 0, 50)
			for _, at := range []float64{60, 180, 310} {
				r.request(0, "api", "GET", "/servers/1", at, at+10)
			}
		}, []string{"POST /servers 50", poll + " 10"},
			slices.Repeat([]string{poll + ": " + unexplained}, 3)},
		"without a pause": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 100)
			r.span(r.request(root, "client", "POST", "/servers", 0, 10), "worker", "build", 5, 72)
			for _, at := range []float64{20, 45, 70} {
				r.request(root, "client", "GET", "/servers/1", at, at+10)
			}
		}, []string{"root 60", "POST /servers 5", poll + " 10", poll + " 10", poll + " 10", "build 5"}, nil},
		"longer requests than pauses": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 300)
			r.request(root, "client", "GET", "/servers/1", 0, 100)
			r.request(root, "client", "GET", "/servers/1", 160, 280)
		}, []string{"root 80", poll + " 100", poll + " 120"}, nil},
		"three requests that take longer than the pauses": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 500)
			r.request(root, "client", "GET", "/servers/1", 0, 100)
			r.request(root, "client", "GET", "/servers/1", 160, 280)
			r.request(root, "client", "GET", "/servers/1", 340, 490)
		}, []string{"root 10 waiting 340", poll + " 150"}, []string{"root: " + unexplained}},
		"requests for different things": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 300)
			r.span(r.request(root, "client", "POST", "/servers", 0, 10), "worker", "build", 12, 190)
			r.request(root, "client", "GET", "/servers/1", 20, 30)
			r.request(root, "client", "GET", "/servers/2", 200, 210)
		}, []string{"root 270", "POST /servers 10", poll + " 10", "GET /servers/2 10"}, nil},
		"something else between the requests": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 500)
			r.span(r.request(root, "client", "POST", "/servers", 0, 10), "worker", "build", 12, 350)
			r.request(root, "client", "GET", "/servers/1", 20, 30)
			r.span(root, "client", "compute", 100, 300)
			r.request(root, "client", "GET", "/servers/1", 400, 410)
		}, []string{"root 270", "POST /servers 10", poll + " 10", "compute 200", poll + " 10"}, nil},
		"the work of another program that goes on": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 500)
			other := r.span(root, "client", "other", 0, 400)
			r.span(r.span(other, "client", "call", 10, 20), "worker", "job", 15, 290)
			program := r.span(root, "client", "program", 1, 410)
			r.request(program, "client", "GET", "/servers/1", 30, 40)
			r.request(program, "client", "GET", "/servers/1", 300, 310)
		}, []string{"root 91", "program 129 waiting 270", poll + " 10"}, []string{"program: " + unexplained}},
		"a job of each of two programs": {func(r *recorder) {
			root := r.span(0, "client", "root", 0, 500)
			for i, end := range []float64{260, 265} {
				program := r.span(root, "client", "program", float64(i), 400+10*float64(i))
				r.span(r.request(program, "client", "POST", "/servers", 10, 20), []string{"one", "two"}[i], "build", 12, end)
				r.request(program, "client", "GET", "/servers/1", 30, 40)
				r.request(program, "client", "GET", "/servers/1", 300, 310)
			}
		}, nil, []string{
			poll + ": waiting for two 235 ms", poll + ": waiting for two 235 ms",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			test.make(r)
			tree := newTree(r.stubs.Snapshots(), Labels{})
			checkCritical(t, tree)
			if got := path(tree); test.path != nil && !slices.Equal(got, test.path) {
				t.Errorf("path %q, want %q", got, test.path)
			}
			if got := notes(tree); (test.notes != nil || test.path != nil) && !slices.Equal(got, test.notes) {
				t.Errorf("notes %q, want %q", got, test.notes)
			}
		})
	}
}

// The table of the critical path tells a wait as the services that worked.
func TestWaitIsToldByItsCause(t *testing.T) {
	r := newRecorder()
	r.span(create(r), "worker", "build", 80, 605)
	got := draw(t, r.stubs.Snapshots(), Options{})
	for _, want := range []string{
		"└─ wait                  client   800 ms •", "waiting for worker 495 ms",
		"\nbuild            worker      525 ms    52%\n", "\nwait             client      265 ms    26%\n", "\nworker        1      525 ms     525 ms    525 ms\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	r = newRecorder()
	create(r)
	got = draw(t, r.stubs.Snapshots(), Options{})
	if want := "\nwaiting, cause not in the trace  client      650 ms    65%\n"; !strings.Contains(got, want) {
		t.Errorf("no %q in\n%s", want, got)
	}
}

// waits makes a trace of n spans: a program whose two halves wait for jobs all the
// time, the requests and the jobs deep below them.
func waits(n int) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	root := r.span(0, "client", "root", 0, float64(100*n))
	at := [...]int{root, root}
	for i := range at {
		for range maxBetween / 2 {
			at[i] = r.span(at[i], "client", "half", float64(i), float64(100*n-i))
		}
	}
	for i := 0; len(r.stubs) < n; i++ {
		start := float64(50 * i)
		parent := at[i%2]
		r.span(r.span(parent, "client", "cast", start+5, start+6), "worker", "job", start+5, start+65)
		r.request(parent, "client", "GET", "/servers/1", start+70, start+71)
	}
	return r.stubs.Snapshots()
}

func TestManyWaits(t *testing.T) {
	tree := newTree(waits(2000), Labels{})
	checkCritical(t, tree)
	checkTotals(t, tree)
}

func TestLeastMarked(t *testing.T) {
	for _, test := range []struct {
		times []time.Duration
		want  time.Duration
	}{
		{nil, 1<<63 - 1},
		{[]time.Duration{0, 0}, 1<<63 - 1},
		{[]time.Duration{7}, 7},
		{[]time.Duration{1, 0, 99}, 99},
		{[]time.Duration{20, 80}, 80},
		{[]time.Duration{21, 79}, 21},
		{[]time.Duration{5, 5, 5, 5}, 5},
		{[]time.Duration{1, 2, 3, 4, 90, 100}, 90},
	} {
		if got := leastMarked(slices.Clone(test.times)); got != test.want {
			t.Errorf("%d: %d, want %d", test.times, got, test.want)
		}
	}
}
