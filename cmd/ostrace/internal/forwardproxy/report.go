// SPDX-License-Identifier: Apache-2.0

package forwardproxy

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Report counts what a proxy passed on, and lists the problems.
type Report struct {
	// Requests is the number of requests that went to the round tripper. Passed
	// is the number of connections to other hosts, and of requests to them in
	// plain HTTP.
	Requests, Passed int
	// Unauthorized is the number of requests without the proxy's password.
	Unauthorized int
	// Unreachable are the servers that could not be reached, or did not answer.
	Unreachable []Problem
	// Unopened are the servers whose TLS would have been opened, but whose
	// handshake failed. Their connections were passed on as they were.
	Unopened []Problem
	// Distrusted are the servers for which the program did not accept the proxy's
	// certificate.
	Distrusted []Problem
}

// Problem is something that happened with one host.
type Problem struct {
	// Host is the host and its port.
	Host string
	// Err is the error of the first time.
	Err error
	// Count is the number of times that this kind of problem happened.
	Count int
}

// maxProblems bounds the number of hosts that are listed for a kind of problem.
const maxProblems = 20

// journal collects the contents of the report.
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
