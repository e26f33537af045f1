// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/terminal"
	"github.com/ostrace/ostrace/waterfall"
)

// Change is the kind of a change.
type Change string

// The kinds of changes.
const (
	Slower     Change = "slower"      // the calls of an operation take longer
	Faster     Change = "faster"      // they take less time
	EachSlower Change = "each slower" // all requests of a service take longer
	EachFaster Change = "each faster"
	More       Change = "more" // a request makes more calls
	Fewer      Change = "fewer"
	New        Change = "new"  // a request that nobody sent before
	Gone       Change = "gone" // a request that nobody sends any more
)

// inverse has the change from after to before of each change.
var inverse = map[Change]Change{
	Slower: Faster, Faster: Slower, EachSlower: EachFaster, EachFaster: EachSlower, More: Fewer, Fewer: More, New: Gone, Gone: New,
}

// Cause is a change of a service.
type Cause struct {
	Change  Change `json:"change"`
	Service string `json:"service"`
	// Kind and Name are those of the operation that is slower or faster, or that is
	// called more or less often. Both are empty if all requests of the service are
	// slower, and the name is empty if a request sends more or fewer SQL statements of
	// several kinds.
	Kind calls.Kind `json:"kind,omitempty"`
	Name string     `json:"name,omitempty"`
	// Summary is the verb and the table of a statement.
	Summary string `json:"summary,omitempty"`
	// Callee is the service of the operation that is called, if it is another one.
	Callee string `json:"callee,omitempty"`
	// Requests are the requests of the service in which the number of calls changed,
	// or which all are slower. The one with the largest cost is the first.
	Requests []string `json:"requests,omitempty"`
	// Before and After are the medians: the own time of a call in milliseconds, or the
	// number of calls that a request makes. For new and gone requests they are the
	// number of calls in a trace.
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	// Calls is the number of calls or requests in a trace.
	Calls float64 `json:"calls"`
	// Cost is the time in milliseconds that the change costs in a trace. It is
	// negative if the change saves time.
	Cost float64 `json:"cost_ms"`
	// Text is a sentence about the change.
	Text string `json:"text"`

	touches func(operation, request calls.Operation) bool
}

// describe writes the sentence.
func (c *Cause) describe() {
	duration := func(milliseconds float64) string {
		return waterfall.FormatDuration(time.Duration(milliseconds * float64(time.Millisecond)))
	}
	count := func(n float64) string {
		if n == 0 {
			return "none"
		}
		return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0")
	}
	cost := "costs " + duration(c.Cost)
	if c.Cost < 0 {
		cost = "saves " + duration(-c.Cost)
	}
	what := cmp.Or(c.Summary, c.Name)
	in := fmt.Sprintf("%s a trace; it %s", plural(c.Calls, "call"), cost)
	switch c.Change {
	case Slower, Faster:
		own := ""
		if c.Kind != calls.SQL {
			own = " of its own time"
		}
		c.Text = fmt.Sprintf("%s: %s takes %s%s, before %s (%s)", c.Service, what, duration(c.After), own, duration(c.Before), in)
	case EachSlower, EachFaster:
		c.Text = fmt.Sprintf("%s: each request takes %s of its own time, before %s (%s a trace, of %s; it %s)",
			c.Service, duration(c.After), duration(c.Before), plural(c.Calls, "request"), terminal.Count(len(c.Requests), "operation"), cost)
	case More, Fewer:
		others := ""
		switch n := len(c.Requests) - 1; {
		case n == 1:
			others = ", and so does " + c.Requests[1]
		case n > 1:
			others = ", and so do " + terminal.Count(n, "other operation")
		}
		calls := "SQL statements"
		switch {
		case c.Callee != "":
			calls = fmt.Sprintf("× %s to %s", what, c.Callee)
		case what != "":
			calls = "× " + what
		}
		c.Text = fmt.Sprintf("%s: %s sends %s %s, before %s%s (%s)", c.Service, c.Requests[0], count(c.After), calls, count(c.Before), others, in)
	case New:
		c.Text = fmt.Sprintf("%s: %s is new (%s)", c.Service, what, in)
	case Gone:
		c.Text = fmt.Sprintf("%s: %s is not requested any more (%s)", c.Service, what, in)
	}
}

func plural(n float64, noun string) string {
	if text := strconv.FormatFloat(n, 'f', 1, 64); !strings.HasSuffix(text, ".0") {
		return text + " " + noun + "s"
	}
	return terminal.Count(int(math.Round(n)), noun)
}

// bySize sorts causes: first what costs time, the most first, and then what saves
// time.
func bySize(causes []Cause) {
	slices.SortFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Cost, a.Cost), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Change, b.Change))
	})
}
