// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func filtered() *recorder {
	r := newRecorder()
	root := r.span(0, "client", "createserver", 0, 100)
	post := r.span(root, "nova-api", "POST /servers", 1, 60)
	r.sql(post, "nova-api", "SELECT", 3, 2, 1)
	build := r.span(post, "nova-compute", "rpc", 10, 50)
	r.set(build, "label.detail", "build_and_run_instance")
	r.span(build, "neutron-server", "POST /ports", 11, 40)
	r.stubs[r.span(root, "neutron-server", "GET /networks/0f8fad5b-d9cb-469f-a165-70867728950e", 61, 0)-1].EndTime = time.Time{}
	return r
}

func TestFilter(t *testing.T) {
	for name, test := range map[string]struct {
		opts Options
		want []string // what matches
	}{
		"nothing asked": {Options{}, []string{"createserver", "POST /servers", "SELECT", "SELECT", "SELECT", "rpc build_and_run_instance", "POST /ports", "GET /networks/{id}"}},
		"a part":        {Options{Services: []string{"NOVA"}}, []string{"POST /servers", "SELECT", "SELECT", "SELECT", "rpc build_and_run_instance"}},
		"two services":  {Options{Services: []string{"client", "compute"}}, []string{"createserver", "rpc build_and_run_instance"}},
		"name":          {Options{Names: []string{"post "}}, []string{"POST /servers", "POST /ports"}},
		"detail":        {Options{Names: []string{"build_and"}}, []string{"rpc build_and_run_instance"}},
		"as drawn":      {Options{Names: []string{"/{id}"}}, []string{"GET /networks/{id}"}},
		"as recorded":   {Options{Names: []string{"0f8fad5b"}}, []string{"GET /networks/{id}"}},
		"both":          {Options{Names: []string{"post"}, Services: []string{"neutron"}}, []string{"POST /ports"}},
		"long":          {Options{MinDuration: 40 * time.Millisecond}, []string{"createserver", "POST /servers", "rpc build_and_run_instance", "GET /networks/{id}"}},
		"nothing":       {Options{Names: []string{"cinder"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(filtered().stubs.Snapshots(), labeled)
			n := tree.keep(newFilter(test.opts))
			var got []string
			for _, n := range tree.nodes {
				if !n.context {
					got = append(got, n.name)
				}
			}
			if !slices.Equal(got, test.want) || n != len(test.want) {
				t.Errorf("%d: %q, want %q", n, got, test.want)
			}
		})
	}
}

func TestFilterDrawn(t *testing.T) {
	r := filtered()
	for name, opts := range map[string]Options{
		"filter":       {Labels: labeled, Names: []string{"ports"}},
		"filter-color": {Labels: labeled, Names: []string{"ports"}, Color: ColorAlways},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name+".txt", draw(t, r.stubs.Snapshots(), opts)) })
	}
}

// The spans above a match are there only to show its place.
func TestFilterContext(t *testing.T) {
	r := newRecorder()
	api := r.span(0, "nova", "api", 0, 90)
	get := r.span(r.span(api, "nova", "api", 1, 80), "nova", "GET", 2, 70)
	for _, id := range []int{api, api + 1} {
		r.fail(id, "not found")
	}
	r.span(get, "neutron", "ports", 3, 60)
	r.span(0, "nova", "later", 150, 200)
	tree := newTree(r.stubs.Snapshots(), Labels{})
	tree.keep(newFilter(Options{Services: []string{"neutron"}}))
	var got []string
	tree.walk(func(l line) { got = append(got, label(l.run)+count(l, 100)) })
	if want := []string{"api", "GET", "ports"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := draw(t, r.stubs.Snapshots(), Options{Services: []string{"neutron"}}); strings.Contains(got, "not found") || strings.Contains(got, "between") {
		t.Errorf("it says too much:\n%s", got)
	}
}

// A match has a line even if the spans above it occur again and again.
func TestFilterHidesNoMatch(t *testing.T) {
	r := newRecorder()
	root := r.span(0, "client", "wait", 0, 1000)
	for i := range 20 {
		at := float64(40 * i)
		get := r.span(root, "nova-api", "GET /servers", at, at+30)
		r.span(get, "neutron", "ports", at+1, at+20)
		r.sql(get, "nova-api", "SELECT", 3, at+21, 1)
	}
	got := draw(t, r.stubs.Snapshots(), Options{Services: []string{"neutron"}})
	if n := strings.Count(got, "─ ports"); n != 20 {
		t.Errorf("%d of 20 in\n%s", n, got)
	}
	if title := "20 of 101 spans"; !strings.Contains(got, title) {
		t.Errorf("no %q in\n%s", title, got)
	}
}

func TestNoMatch(t *testing.T) {
	var out bytes.Buffer
	opts := Options{Services: []string{"cinder", "\x1b[2J"}, Names: []string{"GET"}, MinDuration: time.Second}
	err := Draw(&out, filtered().stubs.Snapshots(), opts)
	if !errors.Is(err, ErrNoMatch) {
		t.Errorf("error %v", err)
	}
	want := "Trace 4bf92f3577b34da6a3ce929d0e0e4736  0 of 8 spans  100 ms\n2026-03-14 09:26:53 UTC\n" +
		"No span matches: service cinder or ␛[2J, name GET, at least 1s\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if err := Draw(fullWriter{}, filtered().stubs.Snapshots(), opts); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
