// SPDX-License-Identifier: Apache-2.0

package main

import "slices"

// results are the measurements, by what they are about and by round.
type results map[subject]map[int]row

type subject struct{ setup, work, of string }

func newResults(rows []row) results {
	r := results{}
	for _, one := range rows {
		s := subject{one.setup, one.work, one.of}
		if r[s] == nil {
			r[s] = map[int]row{}
		}
		r[s][one.round] = one
	}
	return r
}

// quantity is a number that a row has.
type quantity func(row) float64

// The quantities of a call are those of the whole work over its calls.
var (
	cpuOfCall   quantity = func(r row) float64 { return r.cpu.Seconds() / float64(max(1, r.calls)) }
	wallOfCall  quantity = func(r row) float64 { return r.p50.Seconds() }
	spansOfCall quantity = func(r row) float64 { return float64(r.spans.total()) / float64(max(1, r.calls)) }
	bytesOfCall quantity = func(r row) float64 { return float64(r.bytes) / float64(max(1, r.calls)) }
	residentNow quantity = func(r row) float64 { return float64(r.resident) }
)

// rounds returns the rounds that have a block of the set-up and one of another, in
// ascending order.
func (r results) rounds(setup, other string) []int {
	var rounds []int
	for round := range r[subject{setup, blockEnd, ""}] {
		if _, ok := r[subject{other, blockEnd, ""}][round]; ok {
			rounds = append(rounds, round)
		}
	}
	slices.Sort(rounds)
	return rounds
}

// values returns the quantity in each round of the set-up.
func (r results) values(s subject, of quantity) []float64 {
	var values []float64
	for _, round := range r.rounds(s.setup, s.setup) {
		if one, ok := r[s][round]; ok {
			values = append(values, of(one))
		}
	}
	return values
}

// typical returns the median of the quantity, or 0 if there is no value.
func (r results) typical(s subject, of quantity) float64 { return median(r.values(s, of)) }

// differences returns how much more the set-up has than nothing, in each round that
// has both.
func (r results) differences(s subject, of quantity) []float64 {
	base := s
	base.setup = nothing
	var differences []float64
	for _, round := range r.rounds(s.setup, nothing) {
		one, ok := r[s][round]
		other, both := r[base][round]
		if ok && both {
			differences = append(differences, of(one)-of(other))
		}
	}
	return differences
}

// more returns how much more the set-up has than nothing, in percent of what nothing
// typically has.
func (r results) more(s subject, of quantity) (e estimate, ok bool) {
	base := r.typical(subject{nothing, s.work, s.of}, of)
	differences := r.differences(s, of)
	if base == 0 || len(differences) == 0 {
		return e, false
	}
	return bootstrap(differences).times(100 / base), true
}
