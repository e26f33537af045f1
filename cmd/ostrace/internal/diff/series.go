// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"math/rand/v2"
	"slices"
)

// maxSample limits the values that are kept of a series. A quantile of so many is
// within about 2 percent of the ranks of all values.
const maxSample = 2000

// series has the values of an operation's calls: all of them up to maxSample, and a
// random sample of more (reservoir sampling).
type series struct {
	count  int
	sample []float64
	random *rand.Rand
}

func (s *series) add(value float64) {
	s.count++
	if len(s.sample) < maxSample {
		s.sample = append(s.sample, value)
		return
	}
	if s.random == nil {
		s.random = rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the result of a comparison must not change from run to run
	}
	if i := s.random.IntN(s.count); i < maxSample {
		s.sample[i] = value
	}
}

// of returns the sample of a series that may be nil.
func (s *series) of() []float64 {
	if s == nil {
		return nil
	}
	return s.sample
}

func (s *series) len() int {
	if s == nil {
		return 0
	}
	return s.count
}

// median returns 0 for no values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
