// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

// MinRepeats is the number of times that a request must have sent a statement before
// the statement is reported as repeated.
const MinRepeats = 10

// repetition is a statement that a request sent.
type repetition struct {
	request, statement calls.Operation
}

// repeats has the requests that sent a statement MinRepeats times or more.
type repeats struct {
	most           int // the largest number of times in one request
	requests       int
	total          time.Duration
	sameParameters bool // in each of the requests, the parameters were the same each time
}

// inRequest counts a statement in one request.
type inRequest struct {
	count     int
	total     time.Duration
	params    uint64
	differing bool
}

// repeat looks for statements that one request sent again and again.
func (s *Stats) repeat(list []*calls.Call) {
	type key struct {
		request   *calls.Call
		statement calls.Operation
	}
	counts := map[key]*inRequest{}
	for _, c := range list {
		if c.Operation.Kind != calls.SQL || !c.Request.Operation.Answers() {
			continue
		}
		k := key{c.Request, c.Operation}
		n := counts[k]
		if n == nil {
			n = &inRequest{params: c.Params}
			counts[k] = n
		}
		n.count++
		n.total = plus(n.total, c.Duration)
		n.differing = n.differing || c.Params != n.params
	}
	for k, n := range counts {
		if n.count < MinRepeats {
			continue
		}
		r := s.repeated[repetition{k.request.Operation, k.statement}]
		if r == nil {
			r = &repeats{sameParameters: true}
			s.repeated[repetition{k.request.Operation, k.statement}] = r
		}
		r.requests++
		r.most = max(r.most, n.count)
		r.total = plus(r.total, n.total)
		r.sameParameters = r.sameParameters && !n.differing
	}
}
