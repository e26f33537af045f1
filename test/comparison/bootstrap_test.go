// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Of many samples of a distribution whose median is known, about 95 % have it in their
// interval.
func TestBootstrapCoverage(t *testing.T) {
	const samples = 200
	for name, distribution := range map[string]struct {
		draw   func(*rand.Rand) float64
		median float64
	}{
		"normal":      {(*rand.Rand).NormFloat64, 0},
		"exponential": {(*rand.Rand).ExpFloat64, math.Ln2},
		"uniform":     {(*rand.Rand).Float64, 0.5},
	} {
		for _, size := range []int{minRounds, maxRounds} {
			random := rand.New(rand.NewPCG(7, uint64(size)))
			covered := 0
			for range samples {
				values := make([]float64, size)
				for i := range values {
					values[i] = distribution.draw(random)
				}
				if e := resample(values, 500); e.low <= distribution.median && distribution.median <= e.high {
					covered++
				}
			}
			if share := float64(covered) / samples; share < 0.89 || share > 0.99 {
				t.Errorf("%s, %d values: %.3f of the intervals have the median", name, size, share)
			}
		}
	}
}

func TestBootstrap(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   estimate
	}{
		{nil, estimate{}},
		{[]float64{3}, estimate{3, 3, 3}},
		{[]float64{2, 2, 2, 2}, estimate{2, 2, 2}},
		{[]float64{1, 2}, estimate{1.5, 1, 2}},
	} {
		if got := bootstrap(test.values); got != test.want {
			t.Errorf("%v: %v, want %v", test.values, got, test.want)
		}
	}
	values := []float64{5, 1, 4, 2, 3, 9, 7, 8}
	first := bootstrap(values)
	if first != bootstrap(values) || values[0] != 5 {
		t.Error("the same values have another interval, or were sorted in place")
	}
	if first.median != 4.5 || first.low < 1 || first.high > 9 || first.low >= first.high {
		t.Errorf("%+v", first)
	}
	if one, three := (estimate{1, 1, 1}).text("%+.1f"), (estimate{1, -2, 3}).text("%+.1f"); one != "+1.0" || three != "+1.0 (-2.0 to +3.0)" {
		t.Errorf("%s, %s", one, three)
	}
	if got := (estimate{1, -2, 3}).times(2); got != (estimate{2, -4, 6}) || got.half() != 5 || !got.holdsZero() {
		t.Errorf("%+v", got)
	}
}
