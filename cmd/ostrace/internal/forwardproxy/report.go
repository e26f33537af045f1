// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Report is what went through a proxy, and what went wrong.
type Report struct {
	// Requests is the number of requests that were for the round tripper, and
	// Passed that of connections to other hosts, and of requests to them in
	// plain HTTP.
	Requests, Passed int
	// Unauthorized is the number of requests without the proxy's password.
	Unauthorized int
	// Unreachable are the servers that could not be reached, or gave no answer.
	Unreachable []Problem
	// Unopened are the servers whose TLS would have been opened, but whose
	// handshake failed. Their connections were passed on as they were.
	Unopened []Problem
	// Distrusted are the servers in whose place the program did not accept the
	// proxy's certificate.
	Distrusted []Problem
}

// Problem is something that happened with one host.
type Problem struct {
	// Host is the host and its port.
	Host string
	// Err is what happened the first time.
	Err error
	// Count is how often something of the kind happened with this host.
	Count int
}

// maxProblems bounds the hosts of a kind of problem that are told.
const maxProblems = 20

// journal collects what goes into the report.
type journal struct {
	requests, passed, unauthorized atomic.Int64

	mu                                sync.Mutex
	unreachable, unopened, distrusted []Problem
}

// note adds to one of the journal's lists.
func (j *journal) note(list *[]Problem, host string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := slices.IndexFunc(*list, func(p Problem) bool { return p.Host == host }); i >= 0 {
		(*list)[i].Count++
		return
	}
	if len(*list) < maxProblems {
		*list = append(*list, Problem{host, err, 1})
	}
}

func (j *journal) report() Report {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Report{
		Requests:     int(j.requests.Load()),
		Passed:       int(j.passed.Load()),
		Unauthorized: int(j.unauthorized.Load()),
		Unreachable:  slices.Clone(j.unreachable),
		Unopened:     slices.Clone(j.unopened),
		Distrusted:   slices.Clone(j.distrusted),
	}
}
