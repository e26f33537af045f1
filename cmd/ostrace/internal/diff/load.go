// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

const (
	// minRatios is the number of operations that are needed to know how busy the
	// machine was.
	minRatios = 8
	// minMeasured is the shortest time of a call whose ratio says something.
	// OSProfiler's timestamps have microseconds.
	minMeasured = 50 * time.Microsecond
	// minRatioCalls is the number of calls on both sides that an operation needs.
	minRatioCalls = 3
)

// ratio is how much longer an operation took after than before.
type ratio struct {
	of float64
	by calls.Operation
}

// ratios returns the ratios of all operations that have enough calls.
func ratios(before, after *Side) []ratio {
	var list []ratio
	for operation, b := range before.operations {
		a := after.operations[operation]
		if a.len() < minRatioCalls || b.len() < minRatioCalls {
			continue
		}
		was, is := median(b.of()), median(a.of())
		if was >= float64(minMeasured) && is >= float64(minMeasured) {
			list = append(list, ratio{of: is / was, by: operation})
		}
	}
	return list
}

// load returns how much longer the calls of all services but one took after than
// before: the median of their ratios, or that of the requests alone if it is higher.
// A busy machine slows Python down more than the database. It returns 1 where too
// little is known, and where they took less time.
func load(list []ratio, but string) float64 {
	var all, requests []float64
	for _, r := range list {
		if r.by.Service == but {
			continue
		}
		all = append(all, r.of)
		if r.by.Answers() {
			requests = append(requests, r.of)
		}
	}
	factor := 1.0
	for _, values := range [][]float64{all, requests} {
		if len(values) >= minRatios {
			factor = max(factor, median(values))
		}
	}
	return factor
}
