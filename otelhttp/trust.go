// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/internal/redirect"
)

// Trust reports, from the scheme, host and port of a URL, whether the URL
// belongs to the cloud, so that signed headers may go there. The context is
// that of the request.
//
// It is called with the URL of each request that is sent, also after redirects.
// For a request whose Host differs from the URL, it is also called with the URL
// that has this host, because proxies use the Host: both must be trusted. It is
// not called for a URL with an Opaque part, which is never trusted.
type Trust func(ctx context.Context, u *url.URL) bool

// Endpoints returns a Trust that trusts the scheme, host and port of each
// endpoint. Give it the endpoints of the cloud's identity service and of its
// service catalog. It returns an error for a text that is not an http or https
// URL with a host.
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

// staysAtOrigin reports whether a request goes to the origin of the program's
// own request.
func staysAtOrigin(r *http.Request) bool {
	if !origin.Single(r) {
		return false
	}
	first, redirects := redirect.Chain(r)
	return redirects == 0 || first != nil && origin.Same(first.URL, r.URL)
}
