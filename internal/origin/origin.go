// Package origin compares where URLs point to, as the fetch standard's origin
// does: by scheme, host and port.
package origin

import (
	"net/url"
	"strings"
)

// Origin is the scheme, host and port of a URL, comparable with ==.
type Origin struct {
	scheme, host, port string
}

// Of returns the origin of u. Scheme and host are compared without regard to
// case and a missing port is the scheme's own; nothing else is equivalent, not
// a trailing dot and not another spelling of an address. It reports false where
// u is nil, has no host or is neither http nor https.
func Of(u *url.URL) (Origin, bool) {
	if u == nil {
		return Origin{}, false
	}
	o := Origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.host == "" {
		return Origin{}, false
	}
	switch {
	case o.scheme != "http" && o.scheme != "https":
		return Origin{}, false
	case o.port == "" && o.scheme == "http":
		o.port = "80"
	case o.port == "":
		o.port = "443"
	}
	return o, true
}

// Same reports whether both URLs have an origin, and the same.
func Same(a, b *url.URL) bool {
	first, ok := Of(a)
	if !ok {
		return false
	}
	second, ok := Of(b)
	return ok && first == second
}
