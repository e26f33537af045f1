// SPDX-License-Identifier: Apache-2.0

// With the race detector these comparisons would take ten times as long: make
// test-changes runs them without it.

//go:build !race

package diff

import (
	"regexp"
	"strings"
	"sync"
	"testing"
)

// changes are the recorded changes, and what the first line of a comparison with the
// unchanged cloud must say.
var changes = map[string]string{
	"token-cache-off":      `^keystone-public: GET /v3/auth/tokens sends \d+ SQL statements, before `,
	"index-dropped":        `^nova-osapi_compute: SELECT instance_mappings takes `,
	"neutron-50-ms-slower": `^neutron-neutron-server: each request takes `,
}

// pairs is the number of recorded pairs of each kind, and minNamed the number of pairs
// of which the first line must name the cause.
const (
	pairs    = 20
	minNamed = 19
)

// beforeOf returns what was recorded of the cloud before a change, with the client of
// the traces after it.
func beforeOf[T any](sets map[string][]T, change string) []T {
	if own := sets["before-"+change]; own != nil {
		return own
	}
	return sets["unchanged"]
}

// recordedSides returns a side of each recorded trace.
func recordedSides(t *testing.T) map[string][]*Side {
	t.Helper()
	recorded(t)
	return makeSides()
}

var makeSides = sync.OnceValue(func() map[string][]*Side {
	sets, _ := readRecorded()
	sides := map[string][]*Side{}
	for name, list := range sets {
		for _, trace := range list {
			var s Side
			s.Add(trace)
			sides[name] = append(sides[name], &s)
		}
	}
	return sides
})

// The first line names the known cause of a change, in pairs of single traces.
func TestNamesTheCause(t *testing.T) {
	sets := recordedSides(t)
	for name, pattern := range changes {
		t.Run(name, func(t *testing.T) {
			want := regexp.MustCompile(pattern)
			named, back := 0, 0
			unchanged := beforeOf(sets, name)
			for i, after := range sets[name] {
				r := Compare(unchanged[i], after)
				first := Nothing
				if len(r.Causes) > 0 {
					first = r.Causes[0].Text
				}
				if want.MatchString(first) && strings.HasPrefix(text(t, r), first[:40]) {
					named++
				} else {
					t.Logf("pair %d: %s", i, first)
				}
				// In the other direction it is an improvement.
				if r := Compare(after, unchanged[i]); len(r.Causes) > 0 && r.Causes[0].Cost < 0 {
					back++
				} else if len(r.Causes) > 0 {
					t.Logf("pair %d, in the other direction: %s", i, r.Causes[0].Text)
				}
			}
			t.Logf("%d of %d pairs name the cause in the first line, %d are an improvement in the other direction", named, len(sets[name]), back)
			if len(sets[name]) != pairs || named < minNamed || back < minNamed {
				t.Errorf("want %d of %d", minNamed, pairs)
			}
		})
	}
}

// Nothing is reported of two traces of the same cloud.
func TestUnchanged(t *testing.T) {
	list := recordedSides(t)["unchanged"]
	if len(list) != 2*pairs {
		t.Fatalf("%d traces, want %d", len(list), 2*pairs)
	}
	for i := range pairs {
		for _, r := range []Report{Compare(list[i], list[pairs+i]), Compare(list[pairs+i], list[i])} {
			if len(r.Causes) > 0 || !strings.HasPrefix(text(t, r), Nothing) {
				t.Errorf("pair %d:\n%s", i, text(t, r))
			}
		}
	}
}

// Sets of traces are compared by the spread of their calls.
func TestSets(t *testing.T) {
	const size = 5
	sets := recorded(t)
	unchanged := sets["unchanged"]
	for name, pattern := range changes {
		want := regexp.MustCompile(pattern)
		for i := 0; i < pairs; i += 4 * size {
			r := compare(beforeOf(sets, name)[i:i+size], sets[name][i:i+size])
			if len(r.Causes) == 0 || !want.MatchString(r.Causes[0].Text) {
				t.Errorf("%s, set %d:\n%s", name, i/size, text(t, r))
			}
		}
	}
	for i := 0; i < pairs; i += 4 * size {
		if r := compare(unchanged[i:i+size], unchanged[pairs+i:pairs+i+size]); len(r.Causes) > 0 {
			t.Errorf("unchanged, set %d:\n%s", i/size, text(t, r))
		}
	}
}

// The bounds were chosen with the pairs above. For other pairs of the same traces they
// are right as often: every tenth trace of before is compared with all others.
func TestOtherPairs(t *testing.T) {
	const step = 10
	sides := recordedSides(t)
	check := func(name string, before, after []*Side, least float64, isRight func(first string) bool) {
		t.Helper()
		right, count := 0, 0
		for i := 0; i < len(before); i += step {
			for _, other := range after {
				if before[i] == other {
					continue
				}
				first := Nothing
				if r := Compare(before[i], other); len(r.Causes) > 0 {
					first = r.Causes[0].Text
				}
				if count++; isRight(first) {
					right++
				} else {
					t.Logf("%s: %s", name, first)
				}
			}
		}
		t.Logf("%s: %d of %d", name, right, count)
		if float64(right) < least*float64(count) {
			t.Errorf("%s: want %v", name, least)
		}
	}
	nothing := func(first string) bool { return first == Nothing }
	check("unchanged", sides["unchanged"], sides["unchanged"], 0.99, nothing)
	check("unchanged lists", sides["before-token-cache-off"], sides["before-token-cache-off"], 0.99, nothing)
	for name, pattern := range changes {
		check(name, beforeOf(sides, name), sides[name], float64(minNamed)/pairs, regexp.MustCompile(pattern).MatchString)
	}
}
