// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// sample has the measurements of one phase of one scenario.
type sample struct {
	round int
	mode  string
	phase string
	cost
	// typical is the typical time of a list call: the mean of the medians of
	// all list calls. ratio compares it with the first mode's: it is the median
	// of the ratios of calls in the same turn. Both are zero in other phases.
	typical time.Duration
	ratio   float64
}

// samplesOf returns the measurements of a scenario, and compares its list calls
// with those of another scenario of the same round.
func samplesOf(round int, s, first *scenario) []sample {
	var samples []sample
	for _, phase := range phases {
		one := sample{round: round, mode: s.mode.name, phase: phase, cost: *s.costs[phase]}
		if phase == phaseList {
			one.typical, one.ratio = typical(s.calls), ratio(s.calls, first.calls)
		}
		samples = append(samples, one)
	}
	return samples
}

// ratio returns the median of the ratios of each call to the other call in the
// same place. If the cloud is slow for some calls, or for some seconds, it is
// slow for both.
func ratio(calls, others [][]time.Duration) float64 {
	var ratios []float64
	for i, times := range calls {
		for j, t := range times {
			ratios = append(ratios, t.Seconds()/others[i][j].Seconds())
		}
	}
	return median(ratios)
}

// typical returns the mean of the medians of all list calls.
func typical(calls [][]time.Duration) time.Duration {
	sum := 0.0
	for _, times := range calls {
		var seconds []float64
		for _, t := range times {
			seconds = append(seconds, t.Seconds())
		}
		sum += median(seconds)
	}
	return time.Duration(sum / float64(len(calls)) * float64(time.Second))
}

// writeCSV writes one line for each sample; times are in seconds.
func writeCSV(w io.Writer, samples []sample) error {
	lines := csv.NewWriter(w)
	_ = lines.Write([]string{"round", "mode", "phase", "wall_s", "requests", "waiting_s", "cpu_s", "typical_call_s", "call_ratio"})
	for _, s := range samples {
		typical, ratio := "", ""
		if s.phase == phaseList {
			typical, ratio = seconds(s.typical), fmt.Sprintf("%.6f", s.ratio)
		}
		_ = lines.Write([]string{strconv.Itoa(s.round), s.mode, s.phase, seconds(s.wall), strconv.Itoa(s.requests), seconds(s.waiting), seconds(s.cpu), typical, ratio})
	}
	lines.Flush()
	return lines.Error() // also the error of the calls above
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
