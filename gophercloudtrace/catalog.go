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

// cloud has the endpoints of a provider's cloud.
type cloud struct {
	provider *gophercloud.ProviderClient // nil where it is not known
	extra    []*url.URL

	mu      sync.Mutex // held while the catalog is read anew
	current atomic.Pointer[catalog]
}

// catalog has the cloud's endpoints that were known when the provider had this
// token and these identity endpoints.
type catalog struct {
	token, identityBase, identityEndpoint string
	// authenticated says that the provider had the identity service's answer
	// with that token. If the program set the token itself, the provider has
	// the token before that.
	authenticated bool
	origins       map[origin.Origin]*host
}

// host has the catalog's endpoints with one scheme, host and port.
type host struct {
	listed  []endpoint // in the catalog's order, until settle is called
	byPath  map[string]*endpoint
	lengths []int // the lengths of the paths, each once, the longest first
	// common is the endpoint for URLs that are not below the endpoints' paths,
	// such as those of version documents. It has the service, if there is only
	// one.
	common endpoint
}

func newCloud(provider *gophercloud.ProviderClient, extra []*url.URL) *cloud {
	return &cloud{provider: provider, extra: extra}
}

// find returns the endpoint to which r goes, which is the one with the longest
// path that is a prefix of the request's path. It returns nil if r does not go
// to the cloud.
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

// catalog returns the known endpoints of the cloud. It reads them again if the
// provider has another token than before.
func (c *cloud) catalog(r *http.Request) *catalog {
	known := c.current.Load()
	if known != nil && known.is(c.provider, r) {
		return known
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.current.Load(); now != known {
		return now // another request has just read it
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
		// The program set the token itself, so the cloud is the same.
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

// is reports whether the catalog is still that of p, which is about to send r.
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
		return true // without taking p's lock
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

// identityRegion returns the region of the catalog's identity service, if there
// is only one.
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
			first.region = "" // several regions share the endpoint, such as one Keystone for all
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
