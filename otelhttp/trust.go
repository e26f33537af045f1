package otelhttp

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/internal/redirect"
)

// Endpoints returns a filter for [WithTrusted] that reports true for a request
// to the scheme, host and port of one of the endpoints: those of a cloud's
// identity service and of its service catalog. It returns an error for what is
// not an http or https URL with a host.
func Endpoints(endpoints ...string) (Filter, error) {
	origins := make(map[origin.Origin]bool, len(endpoints))
	for _, endpoint := range endpoints {
		u, err := url.Parse(endpoint)
		if err != nil {
			return nil, fmt.Errorf("endpoint: %w", err)
		}
		o, ok := origin.Of(u)
		if !ok {
			return nil, fmt.Errorf("endpoint %q is not a URL such as https://cloud.example:5000/v3", u.Redacted())
		}
		origins[o] = true
	}
	return func(r *http.Request) bool {
		o, ok := origin.Of(r.URL)
		return ok && origins[o]
	}, nil
}

// sameOrigin reports whether a request stays where the program itself sent it.
func sameOrigin(r *http.Request) bool {
	first, redirects := redirect.Chain(r)
	return redirects == 0 || first != nil && origin.Same(first.URL, r.URL)
}
