// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/ostrace/ostrace/internal/origin"
)

// endpoint is an endpoint of the cloud.
type endpoint struct {
	serviceType, region string
	path                string // without a slash at the end
}

// cloud knows the endpoints of a provider's cloud.
type cloud struct {
	provider *gophercloud.ProviderClient // nil where it is not known
	extra    []*url.URL

	mu      sync.Mutex // held while the catalog is read anew
	current atomic.Pointer[catalog]
}

// catalog is the cloud's endpoints as they were known when the provider had this
// token and these identity endpoints.
type catalog struct {
	token, identityBase, identityEndpoint string
	// authenticated says that the provider had the identity service's answer
	// to that token. It has the token first where the program gave it one.
	authenticated bool
	origins       map[origin.Origin]*host
}

// host is what the catalog lists under one scheme, host and port.
type host struct {
	listed  []endpoint // as they stand in the catalog, until settle
	byPath  map[string]*endpoint
	lengths []int // of the paths, each once, the longest first
	// common is what holds for URLs beside the endpoints' paths, such as those
	// of version documents: the service, if there is only one.
	common endpoint
}

func newCloud(provider *gophercloud.ProviderClient, extra []*url.URL) *cloud {
	return &cloud{provider: provider, extra: extra}
}

// find returns the endpoint to which r goes: the one with the longest path that
// begins the request's. It is nil where r does not go to the cloud.
func (c *cloud) find(r *http.Request) *endpoint {
	address, named, ok := origin.OfRequest(r)
	if !ok {
		return nil
	}
	origins := c.catalog(r).origins
	at := origins[address]
	if at == nil || named != address && origins[named] == nil {
		return nil
	}
	path := r.URL.Path
	for _, n := range at.lengths {
		if n < len(path) && path[n] != '/' || n > len(path) {
			continue
		}
		if e := at.byPath[path[:n]]; e != nil {
			return e
		}
	}
	return &at.common
}

// catalog returns what is known of the cloud, read anew where the provider has
// another token than it had.
func (c *cloud) catalog(r *http.Request) *catalog {
	known := c.current.Load()
	if known != nil && known.is(c.provider, r) {
		return known
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.current.Load(); now != known {
		return now // somebody else just read it
	}
	p := c.provider
	if p == nil {
		p = &gophercloud.ProviderClient{}
	}
	result := p.GetAuthResult()
	fresh := &catalog{token: p.Token(), identityBase: p.IdentityBase, identityEndpoint: p.IdentityEndpoint,
		authenticated: result != nil, origins: map[origin.Origin]*host{}}
	services := servicesOf(result)
	if len(services) == 0 && known != nil && known.identityBase == fresh.identityBase && known.identityEndpoint == fresh.identityEndpoint {
		// The token was set by hand: the cloud is the same.
		fresh.origins = known.origins
		c.current.Store(fresh)
		return fresh
	}
	for _, service := range services {
		for _, e := range service.Endpoints {
			region := e.RegionID
			if region == "" {
				region = e.Region
			}
			fresh.add(e.URL, recordable(service.Type), recordable(region))
		}
	}
	for _, raw := range []string{p.IdentityBase, p.IdentityEndpoint} {
		fresh.add(raw, "identity", fresh.identityRegion())
	}
	for _, u := range c.extra {
		if o, ok := origin.Of(u); ok && fresh.origins[o] == nil {
			fresh.addURL(u, "", "")
		}
	}
	for _, at := range fresh.origins {
		at.settle()
	}
	c.current.Store(fresh)
	return fresh
}

// is reports whether the catalog still is that of p, which is about to send r.
func (c *catalog) is(p *gophercloud.ProviderClient, r *http.Request) bool {
	if p == nil {
		return true
	}
	if c.identityBase != p.IdentityBase || c.identityEndpoint != p.IdentityEndpoint {
		return false
	}
	if !c.authenticated && p.GetAuthResult() != nil {
		return false
	}
	if values := r.Header["X-Auth-Token"]; len(values) > 0 && values[0] == c.token {
		return true // with no need for p's lock
	}
	return p.Token() == c.token
}

// servicesOf returns the service catalog that came with a token.
func servicesOf(result gophercloud.AuthResult) []tokens.CatalogEntry {
	withCatalog, ok := result.(interface {
		ExtractServiceCatalog() (*tokens.ServiceCatalog, error)
	})
	if !ok {
		return nil
	}
	services, err := withCatalog.ExtractServiceCatalog()
	if err != nil || services == nil {
		return nil
	}
	return services.Entries
}

func (c *catalog) add(raw, serviceType, region string) {
	if u, err := url.Parse(raw); err == nil {
		c.addURL(u, serviceType, region)
	}
}

// identityRegion returns the region of the catalog's identity service, if it is
// only one.
func (c *catalog) identityRegion() string {
	region := ""
	for _, at := range c.origins {
		for _, e := range at.listed {
			if e.serviceType != "identity" || e.region == "" || e.region == region {
				continue
			}
			if region != "" {
				return ""
			}
			region = e.region
		}
	}
	return region
}

func (c *catalog) addURL(u *url.URL, serviceType, region string) {
	if o, ok := origin.Of(u); ok {
		if c.origins[o] == nil {
			c.origins[o] = &host{}
		}
		at := c.origins[o]
		at.listed = append(at.listed, endpoint{serviceType, region, strings.TrimRight(u.Path, "/")})
	}
}

// settle is called when all endpoints of the host are known.
func (h *host) settle() {
	h.byPath = make(map[string]*endpoint, len(h.listed))
	for _, e := range h.listed {
		first := h.byPath[e.path]
		switch {
		case first == nil:
			h.byPath[e.path] = &e
			h.lengths = append(h.lengths, len(e.path))
		case first.serviceType == e.serviceType && first.region != e.region && e.region != "":
			first.region = "" // regions share it, such as one Keystone for all
		}
	}
	slices.Sort(h.lengths)
	h.lengths = slices.Compact(h.lengths)
	slices.Reverse(h.lengths)
	h.common = *h.byPath[h.listed[0].path]
	h.common.path = ""
	h.listed = nil
	for _, e := range h.byPath {
		if e.serviceType != h.common.serviceType {
			h.common = endpoint{}
			return
		}
		if e.region != h.common.region {
			h.common.region = ""
		}
	}
}
