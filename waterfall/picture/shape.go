// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// stroke is the thickness of a light line.
const stroke = 1.2

// blocks holds the left and right edges of block characters, in parts of the
// cell's width.
var blocks = map[rune][2]float64{
	'█': {0, 1}, '▉': {0, 7. / 8}, '▊': {0, 6. / 8}, '▋': {0, 5. / 8},
	'▌': {0, 4. / 8}, '▍': {0, 3. / 8}, '▎': {0, 2. / 8}, '▏': {0, 1. / 8},
	'▐': {.5, 1}, '▕': {7. / 8, 1},
}

// box is a box drawing: lines from the middle of the cell to its sides.
type box struct {
	up, down, left, right bool
	stroke                float64
}

var boxes = map[rune]box{
	'│': {up: true, down: true, stroke: stroke},
	'┃': {up: true, down: true, stroke: 2 * stroke},
	'─': {left: true, right: true, stroke: stroke},
	'├': {up: true, down: true, right: true, stroke: stroke},
	'└': {up: true, right: true, stroke: stroke},
}

func isShape(r rune) bool {
	_, block := blocks[r]
	_, lines := boxes[r]
	return block || lines || r == '╌'
}

// shape returns the path of the character whose cell is at x, y.
func shape(r rune, x, y float64) string {
	if edges, ok := blocks[r]; ok {
		left, right := edges[0]*cellWidth, edges[1]*cellWidth
		return rectangle(x+left, y+barInset, right-left, cellHeight-2*barInset)
	}
	middle := y + cellHeight/2 - stroke/2
	if r == '╌' {
		dash := cellWidth / 3
		return rectangle(x, middle, dash, stroke) + rectangle(x+cellWidth/2, middle, dash, stroke)
	}
	b := boxes[r]
	path := ""
	center := x + cellWidth/2
	if b.up || b.down {
		from, to := y, y+cellHeight
		if !b.down {
			to = middle + stroke
		}
		path += rectangle(center-b.stroke/2, from, b.stroke, to-from)
	}
	if b.left || b.right {
		from, to := x, x+cellWidth
		if !b.left {
			from = center
		}
		path += rectangle(from, middle, to-from, stroke)
	}
	return path
}

func rectangle(x, y, width, height float64) string {
	return fmt.Sprintf("M%s %sh%sv%sH%sz", number(x), number(y), number(width), number(height), number(x))
}
