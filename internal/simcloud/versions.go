// SPDX-License-Identifier: Apache-2.0

package simcloud

import "net/http"

// versions is a version document, which is served without a token and is not
// traced.
type versions struct {
	status   int
	document any
}

// version is an entry of a version document.
type version struct {
	ID         string `json:"id"`
	Status     string `json:"status"`
	Version    string `json:"version,omitempty"` // the newest microversion, as Nova calls it
	MaxVersion string `json:"max_version,omitempty"`
	MinVersion string `json:"min_version,omitempty"`
	Links      []link `json:"links"`
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

func newVersion(id, status, href string) version {
	return version{ID: id, Status: status, Links: []link{{"self", href}}}
}

// several is the document of a service that lists its versions.
func several(status int, list any) versions {
	return versions{status, object{"versions": list, "simulated": true}}
}

// one is the document of a single version.
func one(v version) versions {
	return versions{http.StatusOK, object{"version": v, "simulated": true}}
}
