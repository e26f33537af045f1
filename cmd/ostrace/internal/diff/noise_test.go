// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

// The values were worked out by hand: (U − nm/2) / √(nm/12 · (N+1 − Σ(t³−t)/(N(N−1)))).
func TestDeviations(t *testing.T) {
	for _, test := range []struct {
		before, after []float64
		want          float64
	}{
		{[]float64{1, 2, 3, 4, 5, 6, 7}, []float64{8, 9, 10, 11, 12, 13, 14}, 3.1305},
		{[]float64{8, 9, 10, 11, 12, 13, 14}, []float64{1, 2, 3, 4, 5, 6, 7}, -3.1305},
		{[]float64{1, 3, 5}, []float64{2, 4, 6}, 0.6547},
		{[]float64{1, 1, 2, 2}, []float64{2, 2, 3, 3}, 1.8708},
		{[]float64{5, 5, 5}, []float64{5, 5}, 0},
	} {
		if got := deviations(test.before, test.after); math.Abs(got-test.want) > 0.001 {
			t.Errorf("%v, %v: got %.4f, want %.4f", test.before, test.after, got, test.want)
		}
	}
}

func TestSlower(t *testing.T) {
	milliseconds := func(values ...float64) []float64 { return scaled(values, float64(time.Millisecond)) }
	for name, test := range map[string]struct {
		before, after []float64
		load          float64
		want          bool
	}{
		"many calls":                {milliseconds(9, 10, 11, 9, 10, 11, 10), milliseconds(19, 20, 21, 20, 19, 21, 20), 1, true},
		"below the factor":          {milliseconds(9, 10, 11, 9, 10, 11, 10), milliseconds(14, 14, 14, 14, 14, 14, 14), 1, false},
		"below 2 ms":                {milliseconds(.9, 1, 1, .9, 1, 1, 1), milliseconds(2.9, 2.9, 2.9, 2.9, 2.9, 2.9, 2.9), 1, false},
		"within the spread":         {milliseconds(5, 40, 6, 50, 7, 60, 8), milliseconds(5, 45, 20, 50, 20, 7, 8), 1, false},
		"on a busier machine":       {milliseconds(9, 10, 11, 9, 10, 11, 10), milliseconds(19, 20, 21, 20, 19, 21, 20), 1.5, false},
		"slower than the machine":   {milliseconds(9, 10, 11, 9, 10, 11, 10), milliseconds(39, 40, 41, 40, 39, 41, 40), 1.5, true},
		"five calls, all longer":    {milliseconds(9, 10, 11, 9, 10), milliseconds(19, 20, 21, 20, 19), 1, true},
		"five calls, one shorter":   {milliseconds(9, 10, 11, 9, 10), milliseconds(19, 10, 21, 20, 19), 1, false},
		"one call":                  {milliseconds(100), milliseconds(2090), 1, false},
		"one call, far longer":      {milliseconds(100), milliseconds(2110), 1, true},
		"one long call, not thrice": {milliseconds(2000), milliseconds(5900), 1, false},
		"nothing before":            {nil, milliseconds(1000), 1, false},
		"nothing after":             {milliseconds(1000), nil, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, got := slower(test.before, test.after, test.load); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestMoreOften(t *testing.T) {
	for name, test := range map[string]struct {
		before, after []float64
		want          bool
	}{
		"one request":             {[]float64{6}, []float64{190}, true},
		"one request, a few more": {[]float64{6}, []float64{15}, false},
		"one request, not twice":  {[]float64{30}, []float64{50}, false},
		"many requests":           {[]float64{6, 6, 6, 6, 6}, []float64{9, 9, 9, 9, 9}, true},
		"two more":                {[]float64{3, 3, 3, 3, 3}, []float64{5, 5, 5, 5, 5}, false},
		"not before":              {[]float64{0, 0, 0, 0, 0}, []float64{3, 3, 3, 3, 3}, true},
		"some of many requests":   {[]float64{6, 6, 6, 6, 6, 6, 6}, []float64{6, 6, 60, 6, 6, 6, 60}, false},
		"fewer":                   {[]float64{190}, []float64{6}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, got := moreOften(test.before, test.after); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// A sample of a long series has its median, also if the values change in the course of
// it.
func TestSeries(t *testing.T) {
	const count = 100_000
	var s series
	for i := range count {
		s.add(float64(i))
	}
	if m := median(s.sample); len(s.sample) != maxSample || s.count != count || math.Abs(m/count-0.5) > 0.04 {
		t.Errorf("%d values of %d, median %v", len(s.sample), s.count, m)
	}
}

// How busy the machine was is the median of what the calls of the other services took,
// and that of their requests if it is higher.
func TestLoad(t *testing.T) {
	operation := func(service string, kind calls.Kind, i int) calls.Operation {
		return calls.Operation{Service: service, Kind: kind, Name: strconv.Itoa(i)}
	}
	side := func(keystone, nova, statements float64) *Side {
		s := &Side{operations: map[calls.Operation]*series{}}
		for i := range 2 * minRatios {
			for range minRatioCalls {
				seriesOf(s.operations, operation("keystone", calls.HTTP, i)).add(keystone * float64(time.Millisecond))
				seriesOf(s.operations, operation("nova", calls.HTTP, i)).add(nova * float64(time.Millisecond))
				seriesOf(s.operations, operation("nova", calls.SQL, i)).add(statements * float64(time.Millisecond))
			}
		}
		return s
	}
	before := side(1, 1, 1)
	for _, test := range []struct {
		after *Side
		but   string
		want  float64
	}{
		{side(1, 1, 1), "", 1},
		{side(2, 2, 2), "", 2},
		{side(9, 2, 2), "keystone", 2},
		{side(9, 2, 1), "keystone", 2}, // its requests
		{side(3, 9, 9), "nova", 3},
		{side(0.5, 0.5, 0.5), "", 1},
	} {
		if got := load(ratios(before, test.after), test.but); math.Abs(got-test.want) > 0.001 {
			t.Errorf("all but %q: got %v, want %v", test.but, got, test.want)
		}
	}
	few := &Side{operations: map[calls.Operation]*series{}}
	if got := load(ratios(before, few), ""); got != 1 {
		t.Errorf("without calls: got %v", got)
	}
}
