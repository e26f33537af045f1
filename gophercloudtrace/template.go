// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	// idSegment stands in a template in the place of every value.
	idSegment = "{id}"

	// maxSegments is the number of segments up to which a path is read. No
	// OpenStack API has so many.
	maxSegments = 16
)

// spanName returns the method and the path template of a request to an endpoint,
// such as "GET /v2.1/servers/{id}". The endpoint is nil where it is not known.
//
// A template keeps a segment only where the API has that word. So it never
// keeps a value, not even one that is a word of the API elsewhere, such as the
// key pair "default". The number of templates is small whatever the URLs are:
// after a Swift account there are only a container and an object, and no
// template is longer than maxSegments.
func spanName(r *http.Request, e *endpoint) string {
	path := r.URL.RawPath // it is set if an id holds an encoded slash
	if path == "" {
		path = r.URL.Path
	}
	var b strings.Builder
	b.Grow(len(r.Method) + 1 + len(path))
	b.WriteString(r.Method)
	b.WriteByte(' ')
	p := position{paths: paths(), objects: -1}
	p.api = p.paths.of(e)
	behind := len(path) // the length of the path after the endpoint's path
	if e != nil && e.path != "" && strings.HasPrefix(path, e.path) {
		behind -= len(e.path)
		p.behindEndpoint = true
	}
	segments := 0
	for path != "" && segments < maxSegments && p.objects != 0 {
		p.inEndpoint = len(path) > behind
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		if segment == "" {
			continue
		}
		segments++
		b.WriteByte('/')
		if p.isWord(segment) {
			b.WriteString(segment)
		} else {
			b.WriteString(idSegment)
		}
	}
	if segments == 0 {
		b.WriteByte('/')
	}
	return b.String()
}

// URLTemplate returns the template of the path of a URL, as it is in the names of this
// package's spans and in their attribute url.template: "/v2.1/servers/{id}" for
// /v2.1/servers/5c3f8a80-16cd-43dd-8448-eb211c80319c. So what another program has
// recorded of requests, such as a log or a trace of the services, can be counted by the
// same templates. serviceType is the service's type in the catalog, such as
// "compute", or the name of its project, such as "nova". If it is empty or is not
// known, the paths of all APIs are considered.
func URLTemplate(serviceType, path string) string {
	return strings.TrimPrefix(spanName(&http.Request{URL: &url.URL{Path: path}}, &endpoint{serviceType: serviceType}), " ")
}

// position is the position of the next segment in a path. A path begins with a
// service's name, a version and a project, each of which may be missing. The
// API's own path follows.
type position struct {
	paths *apiPaths
	api   step

	inEndpoint     bool // the segment belongs to the endpoint's path
	behindEndpoint bool // the endpoint's path is known, and is not empty
	versioned      bool // the version came before it
	project        bool // the project came before it

	inAPI bool
	step  step // in the API's own path

	// objects is the number of segments that may follow in an object store, or
	// -1 if that is not known.
	objects int
}

// isWord reports whether a template keeps the next segment.
func (p *position) isWord(segment string) bool {
	switch {
	case p.objects > 0:
		p.objects--
		return false
	case p.inAPI:
		return p.take(segment)
	case !p.versioned && isVersion(segment):
		p.versioned = true
		return true
	case strings.HasPrefix(segment, "AUTH_"):
		p.objects = 2 // a container and an object
		return false
	case !p.versioned && p.isName(segment):
		return true
	case p.inEndpoint:
		p.project = p.versioned
		return false
	case p.api == p.paths.objectStore && (p.versioned || p.behindEndpoint):
		p.objects = 1
		if !p.behindEndpoint {
			p.objects = 2 // this one is the account
		}
		return false
	}
	p.step = p.api
	word := p.take(segment)
	if !word && p.versioned && !p.project {
		p.project = true
		return false
	}
	p.inAPI = true
	return word
}

// take moves one segment forward in the API's own path.
func (p *position) take(segment string) (word bool) {
	p.step, word = p.paths.next(p.step, segment)
	return word
}

// isName reports whether a segment is the name of the service or, in the path
// of an endpoint, of any service. If the service is not known, the name
// determines it.
func (p *position) isName(segment string) bool {
	api := p.paths.byName[segment]
	switch {
	case api == 0:
		return false
	case p.api == p.paths.all:
		p.api = api
	}
	return p.inEndpoint || p.api == api
}

// isVersion reports whether a segment is a version of an API, such as v3 or
// v2.1.
func isVersion(segment string) bool {
	if len(segment) < 2 || segment[0] != 'v' || !isDigit(segment[1]) {
		return false
	}
	minor, dotted := strings.CutPrefix(segment[2:], ".")
	switch {
	case !dotted:
		return minor == ""
	case len(minor) == 2:
		return isDigit(minor[0]) && isDigit(minor[1])
	default:
		return len(minor) == 1 && isDigit(minor[0])
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
