package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// sample is what one phase of one scenario took.
type sample struct {
	round int
	mode  string
	phase string
	cost
	// typical is a list call's time: the mean of the medians of each of them. It
	// is zero in other phases.
	typical time.Duration
}

func samplesOf(round int, s *scenario) []sample {
	var samples []sample
	for _, phase := range phases {
		one := sample{round: round, mode: s.mode.name, phase: phase, cost: *s.costs[phase]}
		if phase == phaseList {
			one.typical = typical(s.calls)
		}
		samples = append(samples, one)
	}
	return samples
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
	_ = lines.Write([]string{"round", "mode", "phase", "wall_s", "requests", "waiting_s", "cpu_s", "typical_call_s"})
	for _, s := range samples {
		typical := ""
		if s.typical > 0 {
			typical = seconds(s.typical)
		}
		_ = lines.Write([]string{strconv.Itoa(s.round), s.mode, s.phase, seconds(s.wall), strconv.Itoa(s.requests), seconds(s.waiting), seconds(s.cpu), typical})
	}
	lines.Flush()
	return lines.Error() // of the above, too
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
