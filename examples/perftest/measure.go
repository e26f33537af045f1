// SPDX-License-Identifier: Apache-2.0

package main

// cell has the measurements of one mode in one round, by phase.
type cell map[string]sample

func (c cell) wall() float64 {
	sum := 0.0
	for _, s := range c {
		sum += s.wall.Seconds()
	}
	return sum
}

// listCall returns the mean of a list call, and the processor time for it, in
// seconds. A list call is one request.
func (c cell) listCall() (wall, cpu float64) {
	list := c[phaseList]
	return list.wall.Seconds() / float64(list.requests), list.cpu.Seconds() / float64(list.requests)
}

// results has the cells of each mode, in the order of the rounds.
type results map[string][]cell

func newResults(samples []sample) results {
	r := results{}
	for _, s := range samples {
		cells := r[s.mode]
		if len(cells) == 0 || cells[len(cells)-1][phases[0]].round != s.round {
			cells = append(cells, cell{})
		}
		cells[len(cells)-1][s.phase] = s
		r[s.mode] = cells
	}
	return r
}

// measure is a quantity that has a value for each mode in each round.
type measure struct {
	name   string
	format string
	of     func(cell) float64
}

var measures = []measure{
	{"the whole scenario, s", "%.2f", cell.wall},
	{"its creation, s", "%.2f", func(c cell) float64 { return c[phaseCreate].wall.Seconds() }},
	{"its list calls, s", "%.2f", func(c cell) float64 { return c[phaseList].wall.Seconds() }},
	{"its deletion, s", "%.2f", func(c cell) float64 { return c[phaseDelete].wall.Seconds() }},
	{"its requests", "%.0f", func(c cell) float64 {
		return float64(c[phaseCreate].requests + c[phaseList].requests + c[phaseDelete].requests)
	}},
	{"the mean wait for an answer, ms", "%.2f", func(c cell) float64 {
		var all cost
		for _, s := range c {
			all.add(s.cost)
		}
		return 1000 * all.waiting.Seconds() / float64(all.requests)
	}},
	{"a list call, ms", "%.2f", func(c cell) float64 { return 1000 * c[phaseList].typical.Seconds() }},
	{"the client's processor time for a list call, µs", "%.0f", func(c cell) float64 {
		_, cpu := c.listCall()
		return 1e6 * cpu
	}},
}

// values returns the values of a mode's rounds.
func (m measure) values(cells []cell) []float64 {
	var values []float64
	for _, c := range cells {
		values = append(values, m.of(c))
	}
	return values
}

// comparison tells how much more one mode takes than another, in percent.
type comparison struct {
	name string
	of   func(one, other cell) float64
}

var (
	scenarioLonger = comparison{"the whole scenario", func(one, other cell) float64 { return 100 * (one.wall()/other.wall() - 1) }}
	callLonger     = comparison{"a list call", func(one, other cell) float64 {
		return 100 * (one[phaseList].ratio/other[phaseList].ratio - 1)
	}}
	// Work on a request takes at least as long as the processor time that it
	// needs, and seldom much longer.
	clientsShare = comparison{"the client's share of a list call", func(one, other cell) float64 {
		_, cpu := one.listCall()
		wall, otherCPU := other.listCall()
		return 100 * (cpu - otherCPU) / wall
	}}
	comparisons = []comparison{scenarioLonger, callLonger, clientsShare}
)

// pair is a mode, and the mode with which it is compared.
type pair struct{ one, other string }

func (p pair) String() string { return p.one + " against " + p.other }

var (
	w3cAgainstNone       = pair{modeW3C, modeNone}
	unknownAgainstNone   = pair{modeUnknownKey, modeNone}
	tracedAgainstUnknown = pair{modeTraced, modeUnknownKey}
	pairs                = []pair{w3cAgainstNone, unknownAgainstNone, {modeTraced, modeNone}, tracedAgainstUnknown}
)

// compare returns the values of the rounds. It compares the two scenarios of
// each round with each other.
func (r results) compare(c comparison, p pair) []float64 {
	var values []float64
	for i, one := range r[p.one] {
		values = append(values, c.of(one, r[p.other][i]))
	}
	return values
}
