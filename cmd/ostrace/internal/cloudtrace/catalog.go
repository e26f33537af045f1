// SPDX-License-Identifier: Apache-2.0

package cloudtrace

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/ostrace/ostrace/internal/origin"
)

// maxCatalogBytes bounds the size of the answers whose catalog is read. In
// Keystone's answers an endpoint takes about 500 bytes.
const maxCatalogBytes = 4 << 20

// maxEndpoints bounds the endpoints that are remembered. An identity service can
// list other ones with each token: honest ones do so where a URL has the
// project's id, and their hosts are known from the first token on.
const maxEndpoints = 5000

// cloud is what is known of a cloud's endpoints. The package gophercloudtrace
// finds it in the provider, as if gophercloud had authenticated.
type cloud struct {
	provider *gophercloud.ProviderClient

	mu       sync.RWMutex
	identity map[origin.Origin]map[string]bool // the parts of its URLs' paths before /v3
	origins  map[origin.Origin]bool            // the origins of all endpoints
	entries  []tokens.CatalogEntry
	known    map[string]bool // the endpoints in entries
	answers  int             // the number of answers whose catalog had new endpoints
}

func newCloud(identityEndpoint string) (*cloud, error) {
	o, err := origin.Parse(identityEndpoint)
	if err != nil {
		return nil, err
	}
	provider, err := openstack.NewClient(identityEndpoint)
	if err != nil {
		return nil, err
	}
	provider.UseTokenLock()
	c := &cloud{
		provider: provider,
		identity: map[origin.Origin]map[string]bool{},
		origins:  map[origin.Origin]bool{o: true},
		known:    map[string]bool{},
	}
	u, err := url.Parse(identityEndpoint)
	if err != nil {
		return nil, err
	}
	c.addIdentity(o, u.Path)
	return c, nil
}

// has reports whether a URL leads to the cloud.
func (c *cloud) has(u *url.URL) bool {
	o, ok := origin.Of(u)
	if !ok {
		return false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.origins[o]
}

// addIdentity adds the path of one of the identity service's endpoints.
func (c *cloud) addIdentity(o origin.Origin, path string) {
	path = strings.TrimRight(path, "/")
	if i := strings.LastIndexByte(path, '/'); i >= 0 && (path[i:] == "/v3" || path[i:] == "/v2.0") {
		path = path[:i]
	}
	if c.identity[o] == nil {
		c.identity[o] = map[string]bool{}
	}
	c.identity[o][path] = true
}

// tellsCatalog reports whether the answer to a request is from the identity service
// and has the catalog. Other services can share its host, and anybody can give an
// object in Swift a name like a URL of the identity service. So a GET must have one
// of the identity service's paths. A POST by which a program authenticates adds one.
func (c *cloud) tellsCatalog(r *http.Request, response *http.Response) bool {
	path := strings.TrimRight(r.URL.Path, "/")
	before, tells := strings.CutSuffix(path, "/v3/auth/tokens")
	if !tells && r.Method == http.MethodGet {
		before, tells = strings.CutSuffix(path, "/v3/auth/catalog")
	}
	authenticates := r.Method == http.MethodPost
	if !tells || !authenticates && r.Method != http.MethodGet || response.StatusCode != http.StatusCreated && response.StatusCode != http.StatusOK {
		return false
	}
	o, ok := origin.Of(r.URL)
	if !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if authenticates && c.identity[o] != nil {
		c.addIdentity(o, before)
	}
	return c.identity[o][before]
}

// learn adds the catalog in an answer of the identity service.
func (c *cloud) learn(encoding string, body []byte) {
	if strings.EqualFold(encoding, "gzip") {
		in, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return
		}
		if body, err = io.ReadAll(io.LimitReader(in, maxCatalogBytes)); err != nil {
			return
		}
	}
	var answer struct {
		Token struct {
			Catalog []tokens.CatalogEntry `json:"catalog"`
		} `json:"token"`
		Catalog []tokens.CatalogEntry `json:"catalog"`
	}
	if json.Unmarshal(body, &answer) == nil {
		c.add(append(answer.Token.Catalog, answer.Catalog...))
	}
}

func (c *cloud) add(entries []tokens.CatalogEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := false
	for _, entry := range entries {
		var endpoints []tokens.Endpoint
		for _, e := range entry.Endpoints {
			key := strings.Join([]string{entry.Type, e.RegionID, e.Region, e.URL}, "\x00")
			if c.known[key] || len(c.known) >= maxEndpoints {
				continue
			}
			c.known[key] = true
			endpoints = append(endpoints, e)
			u, err := url.Parse(e.URL)
			if err != nil {
				continue
			}
			if o, ok := origin.Of(u); ok {
				c.origins[o] = true
				if entry.Type == "identity" {
					c.addIdentity(o, u.Path)
				}
			}
		}
		if len(endpoints) > 0 {
			entry.Endpoints = endpoints
			c.entries = append(c.entries, entry)
			fresh = true
		}
	}
	if !fresh {
		return
	}
	c.answers++
	// The error would be that of ExtractTokenID.
	_ = c.provider.SetTokenAndAuthResult(authResult{strconv.Itoa(c.answers), c.entries})
}

// catalogKnown reports whether a catalog has been read.
func (c *cloud) catalogKnown() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.answers > 0
}

// authResult is a gophercloud.AuthResult, with a name in place of a token.
type authResult struct {
	name    string
	entries []tokens.CatalogEntry
}

func (r authResult) ExtractTokenID() (string, error) { return r.name, nil }

func (r authResult) ExtractServiceCatalog() (*tokens.ServiceCatalog, error) {
	return &tokens.ServiceCatalog{Entries: r.entries}, nil
}

// reader keeps what is read of an answer's body, and hands it over before the
// program has the last of it: its next request may go to what it says.
type reader struct {
	io.ReadCloser
	length int64 // -1 where it is not known
	kept   bytes.Buffer
	whole  func([]byte) // nil when it has been called, or never will be
}

func (r *reader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	if r.whole == nil {
		return n, err
	}
	if r.kept.Len()+n > maxCatalogBytes {
		r.whole, r.kept = nil, bytes.Buffer{}
		return n, err
	}
	r.kept.Write(b[:n])
	if err == io.EOF || int64(r.kept.Len()) == r.length {
		r.whole(r.kept.Bytes())
		r.whole, r.kept = nil, bytes.Buffer{}
	}
	return n, err
}
