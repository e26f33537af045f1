// SPDX-License-Identifier: Apache-2.0

package waterfall

import "time"

// axis maps the trace's time to columns.
type axis struct {
	total   time.Duration
	columns int
	cells   []cell // of the bar that is being drawn
	drawn   []rune
}

// cell is the covered part of a column, in eighths from its left side. An empty
// cell has none.
type cell struct{ from, to int }

func newAxis(total time.Duration, columns int) *axis {
	return &axis{
		total:   total,
		columns: columns,
		cells:   make([]cell, columns),
		drawn:   make([]rune, columns),
	}
}

// eighths is d's place on the axis in eighths of a column.
func (a *axis) eighths(d time.Duration) int {
	if a.total == 0 {
		return 0
	}
	return int(float64(d) / float64(a.total) * float64(a.columns) * 8)
}

// bar draws the spans of a run on one line, which begins in the column at. A thin
// line joins the spans of a run. An unfinished span is a dashed line, and a span
// that is drawn only for the spans below it is a thin line.
func (a *axis) bar(run []*node) (at int, text string) {
	first, last := a.columns, -1
	for _, n := range run {
		end := n.end
		if n.open {
			end = n.start
		}
		from, to := a.cover(n.start, end)
		first, last = min(first, from), max(last, to)
	}
	between := '─'
	if run[0].open {
		between, last = '╌', a.columns-1
	}
	for i := first; i <= last; i++ {
		c := a.cells[i]
		a.cells[i] = cell{}
		if c.to == 0 || run[0].context {
			a.drawn[i] = between
		} else {
			a.drawn[i] = blocks[c.from][c.to]
		}
	}
	return first, string(a.drawn[first : last+1])
}

// cover marks the time from start to end, at least an eighth of a column, and
// returns the columns in which it begins and ends.
func (a *axis) cover(start, end time.Duration) (first, last int) {
	from := min(a.eighths(start), a.columns*8-1)
	to := min(max(a.eighths(end), from+1), a.columns*8)
	first, last = from/8, (to-1)/8
	for i := first; i <= last; i++ {
		c := &a.cells[i]
		lo, hi := max(from-i*8, 0), min(to-i*8, 8)
		if c.to == 0 {
			*c = cell{lo, hi}
		} else {
			*c = cell{min(c.from, lo), max(c.to, hi)}
		}
	}
	return first, last
}

// blocks holds, for each part of a column in eighths, the character that comes
// closest to it.
var blocks = closestBlocks()

func closestBlocks() (table [9][9]rune) {
	// Where each character's ink begins and ends, in sixteenths.
	ink := []struct {
		char     rune
		from, to int
	}{
		{'█', 0, 16}, {'▉', 0, 14}, {'▊', 0, 12}, {'▋', 0, 10}, {'▌', 0, 8},
		{'▍', 0, 6}, {'▎', 0, 4}, {'▏', 0, 2}, {'▐', 8, 16}, {'▕', 14, 16},
		{'│', 7, 9}, {'┃', 6, 10},
	}
	for from := range 8 {
		for to := from + 1; to <= 8; to++ {
			least := 1000
			for _, c := range ink {
				// A bar that goes on in the next column must reach its edge.
				if from == 0 && c.from > 0 || to == 8 && c.to < 16 {
					continue
				}
				left, right := c.from-2*from, c.to-2*to
				// A wrong width misleads more than a wrong place.
				miss := abs(left) + abs(right) + 2*abs(right-left)
				if miss < least {
					least, table[from][to] = miss, c.char
				}
			}
		}
	}
	return table
}

func abs(n int) int { return max(n, -n) }

// tick is a label on the axis.
type tick struct {
	column int
	label  string
}

// ticks labels the axis at round times, as far as the labels fit.
func (a *axis) ticks() []tick {
	step := a.step()
	var ticks []tick
	for i := range int64(a.total/step) + 1 {
		at := time.Duration(i) * step
		t := tick{a.eighths(at) / 8, formatTick(at)}
		if t.column+1+columns(t.label) > a.columns {
			break
		}
		ticks = append(ticks, t)
	}
	return ticks
}

// step is the shortest round time that leaves room for the labels.
func (a *axis) step() time.Duration {
	for _, step := range steps {
		room := a.eighths(step)/8 - 3
		if room <= 0 {
			continue
		}
		widest := 0
		for i := range int64(a.total/step) + 1 {
			widest = max(widest, columns(formatTick(time.Duration(i)*step)))
		}
		if widest <= room {
			return step
		}
	}
	return max(1, a.total)
}

var steps = roundSteps()

func roundSteps() []time.Duration {
	var list []time.Duration
	for s := time.Duration(1); s < 10*time.Second; s *= 10 {
		list = append(list, s, 2*s, 5*s)
	}
	list = append(list,
		10*time.Second, 20*time.Second, 30*time.Second,
		time.Minute, 2*time.Minute, 5*time.Minute, 10*time.Minute, 20*time.Minute, 30*time.Minute,
		time.Hour, 2*time.Hour, 3*time.Hour, 6*time.Hour, 12*time.Hour)
	for s := day; s <= 10000*day; s *= 10 {
		list = append(list, s, 2*s, 5*s)
	}
	return list
}
