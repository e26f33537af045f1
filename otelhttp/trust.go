// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/internal/redirect"
)

// Trust reports whether a URL is one of the cloud's, to which signed headers may
// go, from its scheme, host and port. The context is that of the request.
//
// It is asked for the URL of each request that is sent, redirects included. For
// a request with a Host that is not the URL's, it is asked for the URL with that
// host too, because proxies go by the Host: both have to be trusted. It is not
// asked for a URL with an Opaque part, which is never trusted.
type Trust func(ctx context.Context, u *url.URL) bool

// Endpoints returns a Trust in the scheme, host and port of each of the
// endpoints: those of a cloud's identity service and of its service catalog. It
// returns an error for what is not an http or https URL with a host.
func Endpoints(endpoints ...string) (Trust, error) {
	origins := make(map[origin.Origin]bool, len(endpoints))
	for _, endpoint := range endpoints {
		o, err := origin.Parse(endpoint)
		if err != nil {
			return nil, err
		}
		origins[o] = true
	}
	return func(_ context.Context, u *url.URL) bool {
		o, ok := origin.Of(u)
		return ok && origins[o]
	}, nil
}

// trusts reports whether r may carry signed headers.
func (t Trust) trusts(r *http.Request) bool {
	if t != nil {
		return origin.Trusted(r, t)
	}
	return staysAtOrigin(r)
}

// staysAtOrigin reports whether a request stays where the program itself sent
// it.
func staysAtOrigin(r *http.Request) bool {
	if address, host, ok := origin.OfRequest(r); !ok || address != host {
		return false
	}
	first, redirects := redirect.Chain(r)
	return redirects == 0 || first != nil && origin.Same(first.URL, r.URL)
}
