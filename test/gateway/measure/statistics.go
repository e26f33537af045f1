// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// measurement is the measurement of one server in one round.
type measurement struct {
	throughput float64 // requests a second
	p50, p99   time.Duration
	memory     int64 // bytes
}

func median(all []measurement) (m measurement) {
	m.throughput = middle(all, func(m measurement) float64 { return m.throughput })
	m.p50 = middle(all, func(m measurement) time.Duration { return m.p50 })
	m.p99 = middle(all, func(m measurement) time.Duration { return m.p99 })
	m.memory = middle(all, func(m measurement) int64 { return m.memory })
	return m
}

func middle[T int64 | float64 | time.Duration](all []measurement, of func(measurement) T) T {
	values := make([]T, len(all))
	for i, m := range all {
		values[i] = of(m)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// interval is the ratio of two measurements over n rounds, as the mean and the
// standard deviation of its logarithm.
type interval struct {
	n            int
	mean, spread float64
}

// ratios returns the ratios of the measurements with the gateway to those without.
func ratios(with, without []measurement) (throughput, p50, p99 interval) {
	of := func(value func(measurement) float64) interval {
		logs := make([]float64, len(with))
		for i := range with {
			logs[i] = math.Log(value(with[i]) / value(without[i]))
		}
		return newInterval(logs)
	}
	return of(func(m measurement) float64 { return m.throughput }),
		of(func(m measurement) float64 { return float64(m.p50) }),
		of(func(m measurement) float64 { return float64(m.p99) })
}

func newInterval(logs []float64) interval {
	i := interval{n: len(logs)}
	for _, l := range logs {
		i.mean += l / float64(i.n)
	}
	for _, l := range logs {
		i.spread += (l - i.mean) * (l - i.mean) / float64(i.n-1)
	}
	i.spread = math.Sqrt(i.spread)
	return i
}

// half is half the width of the interval of 95 %, in logarithms.
func (i interval) half() float64 {
	return student(i.n-1) * i.spread / math.Sqrt(float64(i.n))
}

func (i interval) low() float64  { return math.Exp(i.mean - i.half()) }
func (i interval) high() float64 { return math.Exp(i.mean + i.half()) }

func (i interval) String() string {
	return fmt.Sprintf("%.3f (%.3f to %.3f)", math.Exp(i.mean), i.low(), i.high())
}

// verdict says whether the interval is between two bounds. If it is not, it says
// how many rounds it would take with this spread: to show it or, if the ratio
// itself is outside, to know the ratio to 3 %.
func (i interval) verdict(low, high float64) string {
	if i.low() >= low && i.high() <= high {
		return "shown, " + i.String()
	}
	room := math.Log(high) - i.mean
	if low > 0 {
		room = min(room, i.mean-math.Log(low))
	}
	if room <= 0 {
		return fmt.Sprintf("not shown, %s: the ratio itself is outside, and with this spread it would take %.0f rounds to know it to 3 %%", i, i.rounds(math.Log(1.03)))
	}
	return fmt.Sprintf("not shown, %s: with this spread it would take %.0f rounds", i, i.rounds(room))
}

// rounds returns the number of rounds, more than there were, in which half the
// interval would be this wide.
func (i interval) rounds(half float64) float64 {
	return max(math.Ceil((1.96*i.spread/half)*(1.96*i.spread/half)), float64(i.n+1))
}

// student returns the 97.5 % quantile of Student's t distribution.
func student(degrees int) float64 {
	quantiles := []float64{
		12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
		2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
	}
	if degrees <= len(quantiles) {
		return quantiles[degrees-1]
	}
	return 1.96 + 2.46/float64(degrees) // within 0.001
}
