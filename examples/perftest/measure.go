package main

// cell is what one mode took in one round, by phase.
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

// results are the cells of each mode, in the order of the rounds.
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

// measure is something that each mode has a value of in each round.
type measure struct {
	name   string
	format string
	of     func(cell) float64
}

var (
	wholeScenario = measure{"the whole scenario, s", "%.2f", cell.wall}
	typicalCall   = measure{"a list call, ms", "%.2f", func(c cell) float64 { return 1000 * c[phaseList].typical.Seconds() }}
	processor     = measure{"the client's processor time for a list call, µs", "%.0f", func(c cell) float64 {
		_, cpu := c.listCall()
		return 1e6 * cpu
	}}
	measures = []measure{
		wholeScenario,
		{"its creation, s", "%.2f", func(c cell) float64 { return c[phaseCreate].wall.Seconds() }},
		{"its list calls, s", "%.2f", func(c cell) float64 { return c[phaseList].wall.Seconds() }},
		{"its deletion, s", "%.2f", func(c cell) float64 { return c[phaseDelete].wall.Seconds() }},
		typicalCall,
		{"the mean wait for an answer, ms", "%.2f", func(c cell) float64 {
			var all cost
			for _, s := range c {
				all.add(s.cost)
			}
			return 1000 * all.waiting.Seconds() / float64(all.requests)
		}},
		{"requests", "%.0f", func(c cell) float64 {
			return float64(c[phaseCreate].requests + c[phaseList].requests + c[phaseDelete].requests)
		}},
		processor,
	}
)

// values returns what a mode's rounds have.
func (m measure) values(cells []cell) []float64 {
	var values []float64
	for _, c := range cells {
		values = append(values, m.of(c))
	}
	return values
}

// comparison is how much more one mode takes than another, in percent.
type comparison struct {
	name string
	of   func(one, other cell) float64
}

// more returns the comparison of a measure.
func (m measure) more(name string) comparison {
	return comparison{name, func(one, other cell) float64 { return 100 * (m.of(one)/m.of(other) - 1) }}
}

var comparisons = []comparison{
	wholeScenario.more("the whole scenario"),
	typicalCall.more("a list call"),
	// Nothing that is done to a request takes less time than it takes of a
	// processor, and little of it more.
	{"the client's share of a list call", func(one, other cell) float64 {
		_, cpu := one.listCall()
		wall, otherCPU := other.listCall()
		return 100 * (cpu - otherCPU) / wall
	}},
}

// values returns what the rounds have, each round's two scenarios compared with
// each other.
func (c comparison) values(one, other []cell) []float64 {
	var values []float64
	for i := range one {
		values = append(values, c.of(one[i], other[i]))
	}
	return values
}
