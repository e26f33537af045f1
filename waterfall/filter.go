// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"errors"
	"slices"
	"strings"
)

// ErrNoMatch is the error of [Draw] if [Options] choose spans by Services, Names or
// MinDuration and the trace has none that matches.
var ErrNoMatch = errors.New("no span matches")

// filter says which spans are shown.
type filter struct {
	Options
	services, names []string // in lower case
}

func newFilter(opts Options) filter {
	return filter{opts, lower(opts.Services), lower(opts.Names)}
}

func lower(list []string) []string {
	low := make([]string, len(list))
	for i, s := range list {
		low[i] = strings.ToLower(s)
	}
	return low
}

// all reports whether every span is shown.
func (f filter) all() bool {
	return len(f.services) == 0 && len(f.names) == 0 && f.MinDuration <= 0
}

func (f filter) matches(t *tree, n *node) bool {
	return containsAny(t.services[n.service].name, f.services) &&
		(containsAny(n.name, f.names) || containsAny(n.span.Name(), f.names)) &&
		(n.open || n.duration() >= f.MinDuration)
}

// containsAny reports whether s contains one of the texts, or there are no texts.
func containsAny(s string, texts []string) bool {
	if len(texts) == 0 {
		return true
	}
	s = strings.ToLower(s)
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(s, text) })
}

// String describes the filter to the user.
func (f filter) String() string {
	var parts []string
	if len(f.Services) > 0 {
		parts = append(parts, "service "+strings.Join(f.Services, " or "))
	}
	if len(f.Names) > 0 {
		parts = append(parts, "name "+strings.Join(f.Names, " or "))
	}
	if f.MinDuration > 0 {
		parts = append(parts, "at least "+f.MinDuration.String())
	}
	return strings.Join(parts, ", ")
}

// keep removes all spans except those that match and those above them, and returns
// the number of matches. The spans above are only there for context, so their errors
// and notes are not shown.
func (t *tree) keep(f filter) (matching int) {
	kept := make(map[*node]bool, len(t.nodes))
	for _, n := range t.nodes {
		n.context = !f.matches(t, n)
		if n.context {
			n.failed, n.note = false, ""
			continue
		}
		matching++
		for up := n; up != nil && !kept[up]; up = up.parent {
			kept[up] = true
		}
	}
	dropped := func(n *node) bool { return !kept[n] }
	t.count()
	t.idle, t.waited = 0, 0
	for _, n := range t.nodes {
		n.children = slices.DeleteFunc(n.children, dropped)
	}
	t.top = slices.DeleteFunc(t.top, dropped)
	t.nodes = slices.DeleteFunc(t.nodes, dropped)
	t.measure(t.order(len(t.nodes)))
	return matching
}
