// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// results are the measurements, by what they are about and by block.
type results map[subject]map[blockID]row

type subject struct{ setup, work, of string }

// blockID tells a block from others: its round, and its place there.
type blockID struct{ round, place int }

func (r row) block() blockID { return blockID{r.round, r.place} }

func newResults(rows []row) results {
	r := results{}
	for _, one := range rows {
		s := subject{one.setup, one.work, one.of}
		if r[s] == nil {
			r[s] = map[blockID]row{}
		}
		r[s][one.block()] = one
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
	residentNow quantity = func(r row) float64 { return float64(r.resident) }
)

// The quantities of the spans, for ofWork.
var (
	allSpans quantity = func(r row) float64 { return float64(r.spans.total()) }
	allBytes quantity = func(r row) float64 { return float64(r.bytes) }
)

func ofLayer(l int) quantity { return func(r row) float64 { return float64(r.spans[l]) } }

// blocks returns the blocks that have the subject, in the order of their time.
func (r results) blocks(s subject) []blockID {
	return slices.SortedFunc(maps.Keys(r[s]), func(a, b blockID) int {
		return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.place, b.place))
	})
}

// values returns the quantity in each block of the subject.
func (r results) values(s subject, of quantity) []float64 {
	var values []float64
	for _, block := range r.blocks(s) {
		values = append(values, of(r[s][block]))
	}
	return values
}

// typical returns the median of the quantity, or 0 if there is no value.
func (r results) typical(s subject, of quantity) float64 { return median(r.values(s, of)) }

// differences returns how much more the set-up has than the baseline that was measured
// beside it, in each block, and the same in percent of the baseline. If the set-up does
// a part of its work later, then that is part of the difference.
func (r results) differences(s subject, of quantity) (absolute, percent []float64) {
	base := s
	base.setup = nothing
	for _, block := range r.blocks(s) {
		one, other := r[s][block], r[base][block]
		all := of(other)
		if all == 0 {
			continue
		}
		if s.of == "" && doneLater(s.setup) {
			one.cpu += r.moreLater(s, block)
		}
		more := of(one) - of(other)
		absolute = append(absolute, more)
		percent = append(percent, 100*more/all)
	}
	return absolute, percent
}

// moreLater returns how much more processor time than the baseline a set-up needs out of
// its turns. Only the services that the work uses count, and the servers of the
// comparison: the others have periodic work alone.
func (r results) moreLater(s subject, block blockID) (more time.Duration) {
	for t, blocks := range r {
		if t.setup != s.setup || t.work != s.work || t.of == "" {
			continue
		}
		one, other := blocks[block], r[subject{nothing, t.work, t.of}][block]
		_, ours := roles[t.of]
		if ours || one.used() || other.used() {
			more += one.outOfTurn - other.outOfTurn
		}
	}
	return more
}

// used reports whether the work uses the service of the row.
func (r row) used() bool { return r.cpu > 0 && r.cpu >= r.outOfTurn }

func doneLater(name string) bool {
	i := slices.IndexFunc(setups, func(s setup) bool { return s.name == name })
	return i >= 0 && setups[i].later()
}

// idle returns how much of something an idle cloud has in a second.
func (r results) idle(setup, of string, quantity quantity) float64 {
	total, seconds := 0.0, 0.0
	for block, whole := range r[subject{setup, workIdle, ""}] {
		total += quantity(r[subject{setup, workIdle, of}][block]) // a service without a row has nothing
		seconds += whole.window.Seconds()
	}
	if seconds == 0 {
		return 0
	}
	return total / seconds
}

// ofWork returns the median of a quantity of the spans of a work, without those that
// an idle cloud has in the same time. It is never negative.
func (r results) ofWork(s subject, of quantity) float64 {
	idle := r.idle(s.setup, s.of, of)
	var values []float64
	for _, block := range r.blocks(s) {
		whole := r[subject{s.setup, s.work, ""}][block]
		values = append(values, max(0, of(r[s][block])-idle*whole.window.Seconds())/float64(max(1, whole.calls)))
	}
	return median(values)
}

// more returns how much more the set-up has than the baseline, in percent.
func (r results) more(s subject, of quantity) (e estimate, ok bool) {
	_, percent := r.differences(s, of)
	return bootstrap(percent), len(percent) > 0
}
