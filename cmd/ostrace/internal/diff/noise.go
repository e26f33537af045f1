// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A difference is noise unless it is above these bounds. Bounds describes them.
const (
	// manyCalls is the number of calls on both sides from which the spread of the
	// calls decides: the Mann–Whitney U test can reach minDeviations from there on.
	manyCalls = 7
	// minDeviations is the number of standard deviations in that test. By chance a
	// value so high comes once in 740 comparisons.
	minDeviations = 3.0
	// someCalls is the number of calls on both sides from which it is enough that
	// each call of one side took longer than all calls of the other.
	someCalls = 5

	// A call must be slower by this factor, and by this time.
	minFactor = 1.5
	minSlower = 2 * time.Millisecond
	// With fewer than someCalls calls, nothing is known of the spread. The work for one
	// RPC takes 0.2 s in one trace of a cloud and 1.3 s in the next.
	fewFactor = 3.0
	fewSlower = 2 * time.Second

	// In a trace, a change must cost this time, and this part of the own time of all
	// calls.
	minCost      = 20 * time.Millisecond
	minCostShare = 0.03

	// A request must make this many more calls, and in a trace there must be this
	// many more, and this part of all calls.
	minMore       = 3.0
	fewMore       = 10.0
	fewMoreFactor = 2.0
	minMoreTrace  = 10.0
	minMoreShare  = 0.02

	// Each request of a service is slower if at least four fifths of them, by their
	// operations, are slower by this time, and all together by this factor and by more
	// than the spread.
	minEachSlower = 10 * time.Millisecond
	minEachFactor = 1.3
	eachQuantile  = 0.2
)

// Bounds describes the bounds for the help of ostrace diff.
func Bounds() string {
	return fmt.Sprintf(`  - A call must take %v times as long as before and %v longer, and this must cost
    %v and %v percent of all own time in a trace. If both sides have %d calls or
    more, the difference must be %v standard deviations in a Mann-Whitney U test. If
    one has fewer than that, but both have %d or more, each call must take longer
    than all calls before. With fewer calls, a call must take %v times as long and %v
    longer.
  - A request must make %v times as many calls as before and %v more, by the same
    tests, and there must be %v and %v percent more calls in a trace. With fewer than
    %d requests, it must make %v times as many calls and %v more.
  - All requests of a service are slower if four fifths of them are %v slower, and
    all together take %v times as long, by the same tests.`,
		minFactor, minSlower, minCost, 100*minCostShare, manyCalls, minDeviations, someCalls, fewFactor, fewSlower,
		minFactor, minMore, minMoreTrace, 100*minMoreShare, someCalls, fewMoreFactor, fewMore,
		minEachSlower, minEachFactor)
}

// higher reports whether the values of after are higher than those of before by more
// than their spread.
func higher(before, after []float64) bool {
	n := min(len(before), len(after))
	switch {
	case n >= manyCalls && deviations(before, after) >= minDeviations:
		return true
	case n >= someCalls:
		return slices.Min(after) > slices.Max(before)
	}
	return false
}

// deviations returns by how many standard deviations the Mann–Whitney U of two samples
// is above its mean, in its normal approximation with the correction for ties.
func deviations(before, after []float64) float64 {
	type value struct {
		of    float64
		after bool
	}
	all := make([]value, 0, len(before)+len(after))
	for _, v := range before {
		all = append(all, value{v, false})
	}
	for _, v := range after {
		all = append(all, value{v, true})
	}
	slices.SortFunc(all, func(a, b value) int {
		switch {
		case a.of < b.of:
			return -1
		case a.of > b.of:
			return 1
		}
		return 0
	})
	n, m := float64(len(before)), float64(len(after))
	ranks, ties := 0.0, 0.0 // of the values of after; of all values
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].of == all[i].of {
			j++
		}
		rank := float64(i+j+1) / 2
		for _, v := range all[i:j] {
			if v.after {
				ranks += rank
			}
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	u := ranks - m*(m+1)/2
	total := n + m
	variance := n * m / 12 * (total + 1 - ties/(total*(total-1)))
	if variance <= 0 {
		return 0
	}
	return (u - n*m/2) / math.Sqrt(variance)
}

// scaled returns the values times a factor.
func scaled(values []float64, factor float64) []float64 {
	if factor == 1 {
		return values
	}
	list := make([]float64, len(values))
	for i, v := range values {
		list[i] = v * factor
	}
	return list
}

// slower compares the own times of an operation's calls. expected is what a call took
// before, on a machine that is as busy as after.
func slower(before, after []float64, load float64) (expected, now float64, ok bool) {
	before = scaled(before, load)
	expected, now = median(before), median(after)
	by := now - expected
	if min(len(before), len(after)) < someCalls {
		return expected, now, len(before) > 0 && now >= fewFactor*expected && by >= float64(fewSlower)
	}
	return expected, now, now >= minFactor*expected && by >= float64(minSlower) && higher(before, after)
}

// moreOften compares how many calls the requests of one operation made.
func moreOften(before, after []float64) (was, is float64, ok bool) {
	was, is = median(before), median(after)
	more := is - was
	if min(len(before), len(after)) < someCalls {
		return was, is, len(before) > 0 && is >= fewMoreFactor*was && more >= fewMore
	}
	return was, is, is >= minFactor*was && more >= minMore && higher(before, after)
}
