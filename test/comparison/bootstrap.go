// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// estimate is a median with its 95 % confidence interval.
type estimate struct{ median, low, high float64 }

// half is half of the interval's width.
func (e estimate) half() float64 { return (e.high - e.low) / 2 }

// holdsZero reports whether the interval has no sign.
func (e estimate) holdsZero() bool { return e.low <= 0 && e.high >= 0 }

func (e estimate) times(factor float64) estimate {
	return estimate{e.median * factor, e.low * factor, e.high * factor}
}

// text returns the estimate with a verb for each number, such as %+.2f. One value has
// no interval.
func (e estimate) text(verb string) string {
	if e.low == e.high {
		return fmt.Sprintf(verb, e.median)
	}
	return fmt.Sprintf(verb+" ("+verb+" to "+verb+")", e.median, e.low, e.high)
}

const (
	resamples  = 10000
	confidence = 0.95
)

// bootstrap returns the median of independent values with the interval of the
// percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap",
// chapter 13). The same values always have the same interval.
func bootstrap(values []float64) estimate { return resample(values, resamples) }

// resample does it with samples of that number.
func resample(values []float64, resamples int) estimate {
	if len(values) == 0 {
		return estimate{}
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the result must be repeatable
	medians := make([]float64, resamples)
	drawn := make([]float64, len(values))
	for i := range medians {
		for j := range drawn {
			drawn[j] = values[random.IntN(len(values))]
		}
		slices.Sort(drawn)
		medians[i] = middle(drawn)
	}
	slices.Sort(medians)
	outside := int(float64(resamples) * (1 - confidence) / 2)
	return estimate{median(values), medians[outside], medians[resamples-1-outside]}
}

// median returns the median, or 0 if there is no value. With an even number of values it
// is the mean of the two in the middle, which gonum's Quantile is not.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return middle(slices.Sorted(slices.Values(values)))
}

func middle(sorted []float64) float64 {
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
