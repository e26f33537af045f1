// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// probe is the request that is sent to a service, and the service's files.
type probe struct {
	// project is the name of the OpenStack project, which its points have too.
	project string
	// types are the service's types in the catalog.
	types []string
	// version is the part of the path that is added to an endpoint without one.
	version string
	// read is the path below the version. It is answered by the service itself:
	// OSProfiler does not trace requests for version documents.
	read string
	// marked is a path with the same effect that has a number. The number finds
	// the request in the store if the service traced it although it was not signed.
	marked string
	// role is the role that the user needs for the answer 200. The request is
	// traced whatever the answer is.
	role string
	// sql says that the request makes SQL statements, and that OSProfiler traces
	// them in this project if trace_sqlalchemy is set. Placement does not set that
	// up, and Cinder makes the function that would do it but never calls it
	// (configure in cinder/db/api.py of 2026.2, cinder/db/sqlalchemy/api.py of Zed).
	sql bool
	// conf and paste are the service's files. Keystone and Placement have the
	// pipeline in their code, and no paste file.
	conf, paste string
}

// probes has every service of which a request is known. Those of Heat and Designate
// follow their API references and paste files. The others are tested on real
// services.
var probes = []probe{
	{
		project: "keystone", types: []string{"identity"}, version: "v3",
		read: "/auth/projects", marked: "/auth/projects?name=ostrace-doctor-%d", role: "any",
		sql: true, conf: "/etc/keystone/keystone.conf",
	},
	{
		project: "glance", types: []string{"image"}, version: "v2",
		read: "/images?limit=1", marked: "/images?limit=1&name=ostrace-doctor-%d", role: "reader",
		sql: true, conf: "/etc/glance/glance-api.conf", paste: "/etc/glance/glance-api-paste.ini",
	},
	{
		project: "neutron", types: []string{"network", "networking"}, version: "v2.0",
		read: "/networks?limit=1", marked: "/networks?limit=1&name=ostrace-doctor-%d", role: "reader",
		sql: true, conf: "/etc/neutron/neutron.conf", paste: "/etc/neutron/api-paste.ini",
	},
	{
		project: "placement", types: []string{"placement"},
		read: "/resource_providers?name=ostrace-doctor", marked: "/resource_providers?name=ostrace-doctor-%d", role: "admin",
		conf: "/etc/placement/placement.conf",
	},
	{
		project: "nova", types: []string{"compute"}, version: "v2.1",
		read: "/flavors?limit=1", marked: "/flavors?limit=%d", role: "reader",
		sql: true, conf: "/etc/nova/nova.conf", paste: "/etc/nova/api-paste.ini",
	},
	{
		project: "cinder", types: []string{"block-storage", "volumev3", "block-store"}, version: "v3",
		read: "/volumes?limit=1", marked: "/volumes?limit=1&name=ostrace-doctor-%d", role: "reader",
		conf: "/etc/cinder/cinder.conf", paste: "/etc/cinder/api-paste.ini",
	},
	{
		project: "heat", types: []string{"orchestration"}, version: "v1",
		read: "/stacks?limit=1", marked: "/stacks?limit=1&name=ostrace-doctor-%d", role: "reader",
		conf: "/etc/heat/heat.conf", paste: "/etc/heat/api-paste.ini",
	},
	{
		project: "designate", types: []string{"dns"}, version: "v2",
		read: "/zones?limit=1", marked: "/zones?limit=1&name=ostrace-doctor-%d.", role: "reader",
		conf: "/etc/designate/designate.conf", paste: "/etc/designate/api-paste.ini",
	},
}

// probeOf returns the probe for a type in the catalog.
func probeOf(serviceType string) (probe, bool) {
	i := slices.IndexFunc(probes, func(p probe) bool { return slices.Contains(p.types, serviceType) })
	if i < 0 {
		return probe{}, false
	}
	return probes[i], true
}

// projectProbe returns the probe of a project. It has only the name if the project
// is not in the table.
func projectProbe(project string) probe {
	i := slices.IndexFunc(probes, func(p probe) bool { return p.project == project })
	if i < 0 {
		return probe{project: project, conf: "the configuration file of " + project}
	}
	return probes[i]
}

var isVersion = regexp.MustCompile(`^v[0-9][0-9.]*$`)

// url returns the address of a path below the service's endpoint. The endpoint may
// have the version, and the project's id after it, or neither.
func (p probe) url(endpoint, path string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("the endpoint in the catalog is no http:// or https:// address")
	}
	root := strings.TrimRight(u.Path, "/")
	if p.version != "" && !slices.ContainsFunc(strings.Split(root, "/"), isVersion.MatchString) {
		root += "/" + p.version
	}
	path, query, _ := strings.Cut(path, "?")
	u.Path, u.RawPath, u.RawQuery, u.Fragment = root+path, "", query, ""
	return u.String(), nil
}

// section returns the command that shows a service's options for OSProfiler.
func (p probe) section() string {
	return `grep -A 20 '^\[profiler\]' ` + p.conf
}
