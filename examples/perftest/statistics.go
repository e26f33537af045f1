// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"slices"
)

// estimate is a median with its 95 % confidence interval.
type estimate struct{ median, low, high float64 }

// resamples is the number of times that a sample is drawn from itself.
const resamples = 10000

// estimateOf returns the median of independent values, and the interval that
// the percentile bootstrap gives (Efron and Tibshirani, "An Introduction to the
// Bootstrap", chapter 13). The same values have the same interval, because the
// seed is fixed.
func estimateOf(values []float64) estimate {
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
	return estimate{median(values), medians[resamples*25/1000], medians[resamples*975/1000-1]}
}

// median returns the median of at least one value.
func median(values []float64) float64 {
	return middle(slices.Sorted(slices.Values(values)))
}

func middle(sorted []float64) float64 {
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
