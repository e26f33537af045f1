// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"math"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

// accuracy is the largest relative error of p50 and p95. A DDSketch guarantees it
// with at most some kilobytes for any number of durations, from microseconds to days
// (https://arxiv.org/abs/1908.10693). An exact quantile needs all durations.
const accuracy = 0.01

// sum adds up calls.
type sum struct {
	calls       int
	total, self time.Duration
	min, max    time.Duration
	durations   *ddsketch.DDSketch // in microseconds
}

func newSum() *sum {
	sketch, err := ddsketch.NewDefaultDDSketch(accuracy)
	if err != nil {
		panic(err) // the accuracy is between 0 and 1
	}
	return &sum{durations: sketch}
}

// addTime adds the time of a call: what of it is not in another call that was added,
// and its self time.
func (s *sum) addTime(c *calls.Call, outside time.Duration) {
	s.total = plus(s.total, outside)
	s.self = plus(s.self, c.Self)
}

// addCall adds one call to their number and their durations.
func (s *sum) addCall(c *calls.Call) {
	s.calls++
	if !c.Whole {
		return
	}
	if s.durations.IsEmpty() || c.Duration < s.min {
		s.min = c.Duration
	}
	s.max = max(s.max, c.Duration)
	_ = s.durations.Add(float64(c.Duration) / float64(time.Microsecond)) // no duration is too large for it
}

// quantile returns the shortest duration that at least that part of the calls did not
// exceed (the nearest rank). It returns 0 if no call has a duration.
func (s *sum) quantile(q float64) time.Duration {
	count := s.durations.GetCount()
	rank := math.Ceil(q*count) - 1
	// The sketch rounds ranks down. Half a rank more makes up for errors of rounding.
	value, err := s.durations.GetValueAtQuantile(min(1, (rank+0.5)/max(1, count-1)))
	if err != nil {
		return 0
	}
	return min(max(time.Duration(value*float64(time.Microsecond)), s.min), s.max)
}

// plus adds durations that are not negative. The sum is at most the longest possible
// duration.
func plus(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
