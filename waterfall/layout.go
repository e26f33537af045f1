// SPDX-License-Identifier: Apache-2.0

package waterfall

import "math"

const (
	gap             = 2 // columns between two columns of the picture
	minWithService  = 60
	minWithBar      = 40
	minBar          = 10
	minName         = 12 // what guides leave of the name's column
	durationColumns = 7  // the widest that FormatDuration gets
	markColumns     = 3  // the mark of the critical path, between two blanks
	shortNote       = 16 // up to here a note gets room behind the name
)

// layout holds the widths of the columns. A column with the width 0 is left out.
type layout struct {
	name, service, duration, bar int

	whole bool // every name has room for itself and its guides
}

// newLayout divides width. names and services are the widths that show every
// name and service whole.
func newLayout(width, names, services int) layout {
	l := layout{duration: durationColumns}
	if width < minWithBar {
		if width < minName+1+durationColumns {
			return layout{name: width}
		}
		l.name = min(names, width-1-durationColumns)
		return l
	}
	room := width - 1 - durationColumns - markColumns
	if width >= minWithService {
		l.service = min(services, max(8, width*7/40))
		room -= gap + l.service
	}
	l.name = min(names, room-max(minBar, width*9/40))
	l.whole = l.name == names
	l.bar = room - l.name
	return l
}

func (l layout) serviceAt() int { return l.name + gap }

func (l layout) durationEnd() int {
	end := l.name + 1 + l.duration
	if l.service > 0 {
		end += gap + l.service
	}
	return end
}

func (l layout) barAt() int { return l.durationEnd() + markColumns }

// levels is the number of levels that have guides, so that the name has enough
// room.
func (l layout) levels() int {
	if l.whole {
		return math.MaxInt
	}
	return max(1, (l.name-minName-connector)/indent)
}

// nameColumns is the width that shows every name, with its guides and a short
// note, but no more than limit.
func nameColumns(t *tree, limit int) int {
	most := len("span")
	t.walk(func(l line) {
		if most >= limit {
			return
		}
		n := guideColumns(len(l.levels)) + columns(label(l.run)) + columns(count(l, limit))
		if note := columns(l.run[0].note); note > 0 && note <= shortNote {
			n += gap + note
		}
		most = max(most, n)
	})
	return min(most, limit)
}

func serviceColumns(t *tree) int {
	most := len("service")
	for _, s := range t.services {
		most = max(most, columns(s.name))
	}
	return most
}
