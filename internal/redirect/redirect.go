// SPDX-License-Identifier: Apache-2.0

// Package redirect tells which redirects an http.Client followed before it made
// a request.
package redirect

import "net/http"

// Most is the number of redirects up to which they are counted. Clients follow
// fewer. A RoundTripper that returns the same response again and again makes a
// cycle, which has no end.
const Most = 100

// Chain returns the request that the program made, and how many redirects led
// from it to r. The first is nil where a RoundTripper on the way did not say
// which request its response answers, and where there are more than [Most]
// redirects.
func Chain(r *http.Request) (first *http.Request, redirects int) {
	for first = r; first != nil && first.Response != nil; first = first.Response.Request {
		if redirects == Most {
			return nil, redirects
		}
		redirects++
	}
	return first, redirects
}
