// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"net/http"
	"time"
)

// maxAbove is how many spans above a failed one are searched for the request.
const maxAbove = 64

// expect finds failures that the program wanted: a GET whose answer is that nothing
// is there, after a DELETE of the same path. Programs wait in this way until
// something is deleted. Such a span is drawn without the mark of an error, and is
// not counted as one.
func (t *tree) expect() {
	var missing []*node
	for _, n := range t.nodes {
		if n.failed && t.labels.notFound(n.span) {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return
	}
	deleted := map[string]time.Duration{} // when the first DELETE of a path began
	for _, n := range t.nodes {
		if n.failed {
			continue
		}
		r := requestOf(n.span)
		if r.method != http.MethodDelete || r.path == "" || r.status >= http.StatusBadRequest {
			continue
		}
		if _, found := deleted[r.path]; !found {
			deleted[r.path] = n.start
		}
	}
	for _, n := range missing {
		r := n.request()
		since, found := deleted[r.path]
		if found && since < n.start && (r.method == http.MethodGet || r.method == http.MethodHead) {
			n.failed, n.expected = false, true
		}
	}
}

// request is the HTTP request that the node is a part of.
func (n *node) request() request {
	for range maxAbove {
		if r := requestOf(n.span); r.method != "" {
			return r
		}
		if n.parent == nil {
			break
		}
		n = n.parent
	}
	return request{}
}
