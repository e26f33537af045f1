package gophercloudtrace

import (
	"net/http"
	"strings"
)

const (
	idSegment = "/{id}"

	// maxSegments is more than any of OpenStack's APIs has.
	maxSegments = 16
)

// spanName returns the method and the path template of a request to an endpoint,
// such as "GET /v2.1/servers/{id}".
//
// The number of templates is small whatever the URLs are: only words of the APIs
// and version numbers are kept, behind a Swift account there are a container
// and an object and no more, and no path is longer than maxSegments.
func spanName(r *http.Request, e *endpoint) string {
	path := r.URL.RawPath // where an id holds an encoded slash
	if path == "" {
		path = r.URL.Path
	}
	var b strings.Builder
	b.Grow(len(r.Method) + 1 + len(path))
	b.WriteString(r.Method)
	b.WriteByte(' ')
	segments := 0
	objects := -1 // how many segments may follow: unknown
	if e != nil && e.serviceType == "object-store" && e.path != "" && strings.HasPrefix(path, e.path) {
		objects = 2 + strings.Count(e.path, "/")
	}
	for path != "" {
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		if segment == "" {
			continue
		}
		if objects == 0 || segments == maxSegments {
			break
		}
		segments++
		objects--
		switch inObjectStore := objects >= 0 && objects < 2; {
		case !inObjectStore && (apiWords[segment] || isVersion(segment)):
			b.WriteByte('/')
			b.WriteString(segment)
		default:
			b.WriteString(idSegment)
			if objects < 0 && strings.HasPrefix(segment, "AUTH_") {
				objects = 2
			}
		}
	}
	if segments == 0 {
		b.WriteByte('/')
	}
	return b.String()
}

// isVersion reports whether a segment is a version of an API, such as v3 or
// v2.1.
func isVersion(segment string) bool {
	major, minor, dotted := strings.Cut(segment, ".")
	return len(major) > 1 && major[0] == 'v' && isNumber(major[1:]) && (!dotted || isNumber(minor))
}

func isNumber(s string) bool {
	if s == "" || len(s) > 3 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
