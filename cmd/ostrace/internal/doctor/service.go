// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

// Service is what was found out about a service of the catalog.
type Service struct {
	// Name is the name of the OpenStack project, such as "glance". It is the type in
	// the catalog if ostrace does not know the service.
	Name string `json:"name"`
	// Type is the service's type in the catalog.
	Type string `json:"type"`
	// Untested says why no request was sent to the service.
	Untested string `json:"untested,omitempty"`
	// Request is the method and the address of the request, and Role the role that
	// the user needs for the answer 200.
	Request string `json:"request,omitempty"`
	Role    string `json:"role,omitempty"`
	// Status is the status of the answer to the signed request, and Failure says why
	// there was no answer.
	Status  int    `json:"status,omitempty"`
	Failure string `json:"failure,omitempty"`
	// Traced says whether the signed request was traced. StoredIn says where its
	// point is: "store", "back end" or "elsewhere".
	Traced   Verdict `json:"traced"`
	StoredIn string  `json:"stored_in,omitempty"`
	// Digests are the digests that the service accepts.
	Digests []string `json:"digests,omitempty"`
	// SQL, Calls and RPC say whether the service's SQL statements, its requests to
	// other services and its RPC are traced.
	SQL   Verdict `json:"sql"`
	Calls Verdict `json:"calls"`
	RPC   Verdict `json:"rpc"`
	// Native says whether the service answers with a traceparent of its own
	// OpenTelemetry, and Followed whether that is in the trace of the request.
	Native   Verdict `json:"native"`
	Followed Verdict `json:"followed"`
	// RequestID says whether the answer has a request id.
	RequestID Verdict `json:"request_id"`
	// Unsigned says whether a request without a signature was recorded.
	Unsigned Verdict `json:"unsigned_recorded"`
	// Clock is the distance of the service's clock.
	Clock *Clock `json:"clock,omitempty"`
}

// target is a service of the catalog to which requests are sent.
type target struct {
	*Service
	probe
	endpoint       string
	url, markedURL string

	signed   []*request // with each digest, in the order in which they were sent
	unsigned *request
}

// untestable are the services whose requests OSProfiler does not trace, by their
// types.
var untestable = map[string]string{
	"object-store": "Swift has no OSProfiler",
}

// targets returns the services of a catalog, those in the table of probes first and
// in its order. Each service is there once.
func targets(catalog *tokens.ServiceCatalog, where gophercloud.EndpointOpts, mark int) []*target {
	var all []*target
	for _, entry := range catalog.Entries {
		endpoint, found := endpointOf(entry, where)
		p, known := probeOf(entry.Type)
		t := &target{Service: &Service{Name: cmp.Or(p.project, entry.Type), Type: entry.Type}, probe: p, endpoint: endpoint}
		if slices.ContainsFunc(all, func(other *target) bool { return other.Name == t.Name }) {
			continue // such as a version that nobody uses any more
		}
		var err error
		switch {
		case untestable[entry.Type] != "":
			t.Untested = untestable[entry.Type]
		case !known:
			t.Untested = "ostrace knows no request of it that OSProfiler traces"
		case !found:
			t.Untested = "the catalog has no endpoint of it for this region and interface"
		default:
			if t.url, err = p.url(endpoint, p.read); err == nil {
				t.markedURL, err = p.url(endpoint, marked(p.marked, mark))
			}
			if err != nil {
				t.Untested = err.Error()
			}
			t.Request, t.Role = "GET "+t.url, p.role
		}
		all = append(all, t)
	}
	rank := func(t *target) int {
		i := slices.IndexFunc(probes, func(p probe) bool { return p.project == t.Name })
		if i < 0 {
			return len(probes)
		}
		return i
	}
	slices.SortStableFunc(all, func(a, b *target) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// endpointOf returns the endpoint of a service for a region and an interface. Without
// a region it is the first one.
func endpointOf(entry tokens.CatalogEntry, where gophercloud.EndpointOpts) (address string, found bool) {
	availability := cmp.Or(where.Availability, gophercloud.AvailabilityPublic)
	for _, e := range entry.Endpoints {
		if e.Interface == string(availability) && (where.Region == "" || e.Region == where.Region || e.RegionID == where.Region) {
			return e.URL, true
		}
	}
	return "", false
}
