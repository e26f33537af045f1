// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"slices"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

// Report is the result of a comparison. Its JSON is the output of ostrace diff --json.
type Report struct {
	// Causes are the changes, the one that costs the most time first. There is none
	// if nothing changed beyond the noise.
	Causes []Cause `json:"causes"`
	Before Traces  `json:"before"`
	After  Traces  `json:"after"`
	// Load is how many times as long as before the calls of all services took, as a
	// median. It is expected of each call, and not reported as a change.
	Load float64 `json:"load"`
	// Places are the places in the tree of the traces that the causes touch, and those
	// above them, in the order of the tree.
	Places []Place `json:"places"`
}

// Traces describes the traces of one side.
type Traces struct {
	Traces int       `json:"traces"`
	Calls  int       `json:"calls"`
	Own    float64   `json:"own_ms"` // the own time of all calls in a trace
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
}

func (s *Side) report() Traces {
	return Traces{s.reader.Traces, s.reader.Calls, milliseconds(float64(s.own) / float64(max(1, s.reader.Traces))), s.reader.First, s.reader.Last}
}

// Place is a path in the tree: an operation below the operations above it.
type Place struct {
	Depth   int        `json:"depth"`
	Service string     `json:"service"`
	Kind    calls.Kind `json:"kind"`
	Name    string     `json:"name"`
	Summary string     `json:"summary,omitempty"`
	// Changed reports whether a cause touches it. Otherwise it is there for the places
	// below it.
	Changed bool    `json:"changed"`
	Before  Figures `json:"before"`
	After   Figures `json:"after"`

	above int // the index of the place above, or -1
}

// Figures are those of the calls at a place, in a trace.
type Figures struct {
	Calls float64 `json:"calls"`
	Own   float64 `json:"own_ms"`   // of all calls
	Total float64 `json:"total_ms"` // of all calls
}

// cost returns how much more own time the place takes after than before.
func (p Place) cost() float64 { return p.After.Own - p.Before.Own }

// maxPlaces is the number of changed places that a report has at most: those with the
// largest difference.
const maxPlaces = 400

// places walks both trees at once.
func places(r *Report, before, after *Side) []Place {
	w := placeWalk{causes: r.Causes, before: float64(max(1, before.reader.Traces)), after: float64(max(1, after.reader.Traces))}
	if len(r.Causes) > 0 {
		w.walk(&before.top, &after.top, calls.Operation{}, 0, -1)
	}
	list := pruned(w.list, maxPlaces)
	for i, p := range list {
		list[i].Summary = summaryOf(calls.Operation{Kind: p.Kind, Name: p.Name})
	}
	return list
}

type placeWalk struct {
	causes        []Cause
	before, after float64 // the number of traces
	list          []Place
}

func (w *placeWalk) walk(before, after *place, request calls.Operation, depth, above int) {
	order := slices.Clone(after.order)
	for _, operation := range before.order {
		if after.below[operation] == nil {
			order = append(order, operation)
		}
	}
	for _, operation := range order {
		b, a := cmp.Or(before.below[operation], &place{}), cmp.Or(after.below[operation], &place{})
		here := len(w.list)
		w.list = append(w.list, Place{
			Depth: depth, Service: operation.Service, Kind: operation.Kind, Name: operation.Name,
			Changed: slices.ContainsFunc(w.causes, func(c Cause) bool { return c.touches(operation, request) }),
			Before:  b.figures(w.before), After: a.figures(w.after), above: above,
		})
		inner := request
		if operation.Answers() {
			inner = operation
		}
		w.walk(b, a, inner, depth+1, here)
	}
}

func (p *place) figures(traces float64) Figures {
	return Figures{float64(p.calls) / traces, milliseconds(float64(p.own) / traces), milliseconds(float64(p.total) / traces)}
}

// pruned keeps the changed places with the largest difference, at most limit of them,
// and the places above them.
func pruned(list []Place, limit int) []Place {
	var changed []int
	for i, p := range list {
		if p.Changed {
			changed = append(changed, i)
		}
	}
	slices.SortStableFunc(changed, func(a, b int) int {
		return cmp.Compare(max(list[b].cost(), -list[b].cost()), max(list[a].cost(), -list[a].cost()))
	})
	keep := make([]bool, len(list))
	for _, i := range changed[:min(limit, len(changed))] {
		for ; i >= 0 && !keep[i]; i = list[i].above {
			keep[i] = true
		}
	}
	kept, moved := []Place{}, make([]int, len(list))
	for i, p := range list {
		if !keep[i] {
			continue
		}
		moved[i] = len(kept)
		if p.above >= 0 {
			p.above = moved[p.above]
		}
		kept = append(kept, p)
	}
	return kept
}
