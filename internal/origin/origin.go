// SPDX-License-Identifier: Apache-2.0

// Package origin tells where URLs and requests go. It compares scheme, host and
// port, as the fetch standard does for origins.
package origin

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Origin is the scheme, host and port of a URL, comparable with ==.
type Origin struct {
	scheme, host, port string
}

// String returns the origin as a URL, in UTF-8.
func (o Origin) String() string {
	return strings.ToValidUTF8(o.scheme+"://"+net.JoinHostPort(o.host, o.port), "\ufffd")
}

// Of returns the origin of u. Scheme and host are compared without regard to
// case and a missing port is the scheme's own; nothing else is equivalent,
// neither a trailing dot nor another spelling of an address. It reports false
// where u is nil, has no host or is neither http nor https.
func Of(u *url.URL) (Origin, bool) {
	if u == nil {
		return Origin{}, false
	}
	o := Origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.host == "" {
		return Origin{}, false
	}
	switch {
	case !isHTTP(o.scheme):
		return Origin{}, false
	case o.port == "" && o.scheme == "http":
		o.port = "80"
	case o.port == "":
		o.port = "443"
	}
	return o, true
}

func isHTTP(scheme string) bool { return scheme == "http" || scheme == "https" }

// Parse returns the origin of an endpoint's URL. Its error does not show
// anything that may be a password.
func Parse(endpoint string) (Origin, error) {
	u, err := url.Parse(endpoint)
	if err == nil {
		if o, ok := Of(u); ok {
			return o, nil
		}
	}
	shown := "an endpoint"
	if !strings.ContainsAny(endpoint, "@?") {
		shown = fmt.Sprintf("endpoint %q", endpoint)
	}
	return Origin{}, fmt.Errorf("%s is not a URL such as https://cloud.example:5000/v3", shown)
}

// Same reports whether both URLs have an origin, and both the same one.
func Same(a, b *url.URL) bool {
	first, ok := Of(a)
	if !ok {
		return false
	}
	second, ok := Of(b)
	return ok && first == second
}

// OfRequest returns the origin of r's URL, and the origin with r's Host in the
// place of the URL's host. They are the same where the Host is empty. The
// request goes to both: net/http connects to the URL's host, but it writes the
// Host into the request, and a proxy or a server passes the request on to that
// host.
//
// It reports false where it can't tell the origins: where the URL has no
// origin, or has an Opaque part, which net/http writes in the place of all
// other parts.
func OfRequest(r *http.Request) (address, host Origin, ok bool) {
	address, ok = Of(r.URL)
	if !ok || r.URL.Opaque != "" {
		return Origin{}, Origin{}, false
	}
	if r.Host == "" || r.Host == r.URL.Host {
		return address, address, true
	}
	host, ok = Of(&url.URL{Scheme: r.URL.Scheme, Host: r.Host})
	return address, host, ok
}

// Single reports whether r goes to one origin only, which is that of its URL.
func Single(r *http.Request) bool {
	if (r.Host == "" || r.Host == r.URL.Host) && r.URL.Opaque == "" && isHTTP(r.URL.Scheme) && r.URL.Hostname() != "" {
		return true // and nothing has to be put into lower case
	}
	address, host, ok := OfRequest(r)
	return ok && address == host
}

// Trusted reports whether r goes only to origins that are trusted.
func Trusted(r *http.Request, trust func(context.Context, *url.URL) bool) bool {
	if Single(r) {
		return trust(r.Context(), r.URL)
	}
	if _, _, ok := OfRequest(r); !ok || !trust(r.Context(), r.URL) {
		return false
	}
	u := *r.URL
	u.Host = r.Host
	return trust(r.Context(), &u)
}
