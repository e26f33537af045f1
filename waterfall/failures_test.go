// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func failuresOf(r *recorder) (list []string) {
	t := newTree(r.stubs.Snapshots(), Labels{})
	for _, f := range t.failures() {
		s := fmt.Sprintf("%d %s: %s", f.times, f.origin.name, f.reason)
		if f.became != "" {
			s += " then " + f.became
		}
		list = append(list, s)
	}
	return list
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		make func(*recorder)
		want []string
	}{
		"none": {func(r *recorder) { r.span(0, "s", "a", 0, 1) }, nil},
		"it goes up the tree": {func(r *recorder) {
			a := r.span(0, "s", "a", 0, 9)
			b := r.span(a, "s", "b", 1, 8)
			c := r.span(b, "s", "c", 2, 7)
			r.fail(a, "NotFound")
			r.fail(b, "NotFound")
			r.fail(c, "NotFound")
		}, []string{"1 c: NotFound"}},
		"it gets another reason on its way": {func(r *recorder) {
			a := r.span(0, "s", "conductor", 0, 9)
			r.fail(a, "No valid host was found")
			b := r.span(a, "s", "scheduler", 1, 8)
			r.fail(b, "")
		}, []string{"1 scheduler:  then No valid host was found"}},
		"it is handled": {func(r *recorder) {
			a := r.span(0, "s", "claim", 0, 9)
			r.fail(r.span(a, "s", "PUT", 1, 2), "409")
			r.span(a, "s", "PUT", 3, 4)
		}, []string{"1 PUT: 409"}},
		"another one comes later": {func(r *recorder) {
			a := r.span(0, "s", "build", 0, 9)
			r.fail(a, "out of disk")
			r.fail(r.span(a, "s", "PUT", 1, 2), "409")
			r.span(a, "s", "PUT", 3, 4)
		}, []string{"1 build: out of disk", "1 PUT: 409"}},
		"it is cleaned up after": {func(r *recorder) {
			a := r.span(0, "s", "build", 0, 9)
			r.fail(a, "no port")
			r.fail(r.span(a, "s", "POST", 1, 2), "no port")
			r.span(a, "s", "DELETE", 3, 4)
		}, []string{"1 POST: no port"}},
		"the same several times": {func(r *recorder) {
			a := r.span(0, "s", "wait", 0, 9)
			for i := range 3 {
				r.fail(r.span(a, "s", fmt.Sprintf("GET /servers/%d", i), float64(i), float64(i)+0.5), "404")
			}
			r.fail(r.span(a, "other", "GET /servers/9", 5, 6), "404")
		}, []string{"3 GET /servers/0: 404", "1 GET /servers/9: 404"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			test.make(r)
			if got := failuresOf(r); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestManyFailures(t *testing.T) {
	r := newRecorder()
	for i := range 2 * maxFailures {
		r.fail(r.span(0, "s", fmt.Sprintf("step %c", 'a'+i), float64(i), float64(i)+1), "reason")
	}
	head, _, _ := strings.Cut(draw(t, r.stubs.Snapshots(), Options{}), "\n\n")
	lines := strings.Split(head, "\n")
	if got, want := len(lines), 2+maxFailures+1; got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, head)
	}
	if got, want := lines[len(lines)-1], "and 10 other errors"; got != want {
		t.Errorf("the last one is %q, want %q", got, want)
	}
}
