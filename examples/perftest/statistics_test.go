// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}, {[]float64{1, 1, 1, 100}, 1},
	} {
		given := slices.Clone(test.values)
		if got := median(given); got != test.want || !slices.Equal(given, test.values) {
			t.Errorf("median of %v is %v, want %v", test.values, got, test.want)
		}
	}
}

func TestEstimate(t *testing.T) {
	for name, test := range map[string]struct {
		values []float64
		want   estimate
	}{
		"one value": {[]float64{7}, estimate{7, 7, 7}},
		"constant":  {[]float64{2, 2, 2, 2}, estimate{2, 2, 2}},
		// This is the exact interval of the bootstrap's distribution.
		"three": {[]float64{1, 2, 3}, estimate{2, 1, 3}},
	} {
		if got := estimateOf(test.values); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
	values := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	if one, two := estimateOf(values), estimateOf(values); one != two || one.low >= one.median || one.high <= one.median {
		t.Errorf("%+v, then %+v", one, two)
	}
}

// An interval holds the true value 95 times in 100, so about 57 of 60 intervals
// do.
func TestEstimateHoldsTheTruth(t *testing.T) {
	const truth, experiments = 5.0, 60
	random := rand.New(rand.NewPCG(3, 4))
	held, width := 0, 0.0
	for range experiments {
		var values []float64
		for range 16 {
			values = append(values, truth+random.NormFloat64())
		}
		e := estimateOf(values)
		if e.low <= truth && truth <= e.high {
			held++
		}
		width += (e.high - e.low) / experiments
	}
	t.Logf("%d of %d hold it, %.2f wide", held, experiments, width)
	// The median of 16 values has a standard error of about 1.25/4.
	if held < 52 || held == experiments || width < 0.8 || width > 1.6 {
		t.Errorf("%d of %d hold the truth, and are %.2f wide", held, experiments, width)
	}
}
