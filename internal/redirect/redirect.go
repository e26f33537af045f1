// SPDX-License-Identifier: Apache-2.0

// Package redirect tells which redirects an http.Client followed before it made
// a request.
package redirect

import "net/http"

// Most is more than any client follows. A RoundTripper that answers with one and
// the same response again and again makes a circle.
const Most = 100

// Chain returns the request that the program made, and how many redirects led
// from it to r. The first is nil where a RoundTripper on the way did not say
// which request its response answers, or where there is no end to them.
func Chain(r *http.Request) (first *http.Request, redirects int) {
	for first = r; first != nil && first.Response != nil; first = first.Response.Request {
		if redirects == Most {
			return nil, redirects
		}
		redirects++
	}
	return first, redirects
}
