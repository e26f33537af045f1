// Package redirect tells which redirects an http.Client followed before it made
// a request.
package redirect

import "net/http"

// Chain returns the request that the program made, and how many redirects led
// from it to r. The first is nil where a RoundTripper on the way did not say
// which request its response answers.
func Chain(r *http.Request) (first *http.Request, redirects int) {
	for first = r; first != nil && first.Response != nil; first = first.Response.Request {
		redirects++
	}
	return first, redirects
}
