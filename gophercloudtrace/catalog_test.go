// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// listed is an endpoint of a catalog.
type listed struct{ serviceType, region, url string }

// newToken returns Keystone's answer to a request for a token.
func newToken(id string, catalog ...listed) tokens.CreateResult {
	var result tokens.CreateResult
	result.Header = http.Header{"X-Subject-Token": {id}}
	result.Body = tokenBody(catalog)
	return result
}

func tokenBody(catalog []listed) map[string]any {
	entries := []any{}
	for _, e := range catalog {
		entries = append(entries, map[string]any{"type": e.serviceType, "name": e.serviceType, "endpoints": []any{
			map[string]any{"interface": "public", "region": e.region, "region_id": e.region, "url": e.url},
		}})
	}
	return map[string]any{"token": map[string]any{"catalog": entries, "expires_at": "2099-01-01T00:00:00.000000Z"}}
}

// oneHost is a cloud that has all services on one host, with Keystone at
// /identity. It answers all requests to the other services with an empty
// object.
type oneHost struct {
	*httptest.Server
	catalog []listed // with paths instead of URLs

	mu   sync.Mutex
	seen map[string]http.Header
}

func newOneHost(t *testing.T, catalog ...listed) *oneHost {
	t.Helper()
	h := &oneHost{catalog: catalog, seen: map[string]http.Header{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.seen[r.URL.Path] = r.Header.Clone()
		h.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/identity/v3/auth/tokens" {
			_, _ = io.WriteString(w, "{}")
			return
		}
		catalog := slices.Clone(h.catalog)
		for i := range catalog {
			catalog[i].url = h.URL + catalog[i].url
		}
		w.Header().Set("X-Subject-Token", "token")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(tokenBody(catalog))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *oneHost) header(path string) http.Header {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen[path]
}

func (h *oneHost) options() gophercloud.AuthOptions {
	return gophercloud.AuthOptions{IdentityEndpoint: h.URL + "/identity/v3", Username: "u", Password: "p", DomainName: "Default", AllowReauth: true}
}

func TestServiceByTheLongestEndpoint(t *testing.T) {
	p := newProgram(t)
	host := newOneHost(t,
		listed{"identity", "RegionOne", "/identity"},
		listed{"compute", "RegionOne", "/compute/v2.1"},
		listed{"volumev3", "RegionOne", "/volume/v3/6f70"},
		listed{"block-storage", "RegionOne", "/volume/v3/6f70"},
		listed{"image", "RegionOne", "/image"},
		listed{"sharev2", "RegionTwo", "/image/shares"},
		listed{"object-store", "RegionTwo", "/swift/v1/"},
		listed{"placement", "RegionOne", "/placement"},
		listed{"placement", "RegionTwo", "/placement"},
		listed{"broken", "RegionOne", "/%(tenant_id)s"},
	)
	provider := p.provider(t, host.options().IdentityEndpoint)
	Instrument(provider, p.options()...)
	authenticate(t, provider, host.options())
	for _, test := range []struct{ path, name, serviceType, region string }{
		{"/identity/v3/projects/1", "GET /identity/v3/projects/{id}", "identity", "RegionOne"},
		{"/compute/v2.1", "GET /compute/v2.1", "compute", "RegionOne"},
		{"/compute/v2.1/servers/detail?limit=1", "GET /compute/v2.1/servers/detail", "compute", "RegionOne"},
		{"/compute/v2.10/servers", "GET /compute/v2.10/servers", "", ""},
		{"/computer", "GET /{id}", "", ""},
		{"/", "GET /", "", ""},
		{"/volume/v3/6f70/volumes/1", "GET /volume/v3/{id}/volumes/{id}", "volumev3", "RegionOne"},
		{"/image/v2/images/1/file", "GET /image/v2/images/{id}/file", "image", "RegionOne"},
		{"/image/shares/1", "GET /image/{id}/{id}", "sharev2", "RegionTwo"},
		{"/swift/v1/volumes/backups/1/2", "GET /swift/v1/{id}/{id}", "object-store", "RegionTwo"},
		{"/placement/resource_providers", "GET /placement/resource_providers", "placement", ""},
	} {
		_, spans := p.under(t, func(ctx context.Context) { get(t, ctx, provider, host.URL+test.path) })
		found := attributes(spans[0])
		if got := spans[0].Name(); got != test.name || "GET "+found["url.template"].AsString() != test.name {
			t.Errorf("%s: span %q, url.template %q", test.path, got, found["url.template"].AsString())
		}
		if serviceType, region := found[ServiceTypeKey], found[RegionKey]; serviceType.AsString() != test.serviceType || region.AsString() != test.region {
			t.Errorf("%s: got %q in %q", test.path, serviceType.AsString(), region.AsString())
		}
		path, _, _ := strings.Cut(test.path, "?")
		if host.header(path).Get(hmac.HeaderHMAC) == "" {
			t.Errorf("%s: not signed", test.path)
		}
	}
}

// The catalog is read before the first request, and again when the provider
// gets another token.
func TestCatalogFollowsTheToken(t *testing.T) {
	const nova = "http://nova.example:8774/v2.1/servers"
	nova1, nova2 := listed{"compute", "RegionOne", "http://nova.example:8774/v2.1"}, listed{"compute", "RegionTwo", "http://nova.example:8774/v2.1"}
	newProvider := func() (*gophercloud.ProviderClient, func(token, url string) string) {
		provider, err := openstack.NewClient("http://keystone.example:5000/v3")
		if err != nil {
			t.Fatal(err)
		}
		c := newCloud(provider, nil)
		return provider, func(token, url string) string {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			if token != "" {
				r.Header.Set("X-Auth-Token", token)
			}
			e := c.find(r)
			if e == nil {
				return "not the cloud"
			}
			return e.serviceType + " " + e.region
		}
	}
	set := func(provider *gophercloud.ProviderClient, result gophercloud.AuthResult) {
		if err := provider.SetTokenAndAuthResult(result); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}

	provider, find := newProvider()
	expect("no token yet", find("", nova), "not the cloud")
	expect("no token yet", find("", "http://KEYSTONE.example:5000/"), "identity ")
	set(provider, newToken("1", nova1))
	expect("a request with no token", find("", nova), "compute RegionOne")
	expect("the token", find("1", nova), "compute RegionOne")
	expect("another's token", find("other", nova), "compute RegionOne")
	set(provider, newToken("2", nova2))
	expect("a token that was replaced", find("1", nova), "compute RegionOne")
	expect("another's token, after it was replaced", find("other", nova), "compute RegionTwo")
	expect("the new token", find("2", nova), "compute RegionTwo")
	expect("a token that was replaced", find("1", nova), "compute RegionTwo")

	provider.SetToken("3")
	expect("a token set by hand", find("3", nova), "compute RegionTwo")
	set(provider, newToken("4")) // not for a project
	expect("an empty catalog", find("4", nova), "compute RegionTwo")
	set(provider, newToken("5", nova1))
	expect("a catalog again", find("5", nova), "compute RegionOne")

	provider.SetToken("6")
	provider.IdentityBase, provider.IdentityEndpoint = "http://elsewhere.example:5000/", "http://elsewhere.example:5000/v3/"
	expect("another cloud", find("6", nova), "not the cloud")
	expect("another cloud's identity", find("6", "http://elsewhere.example:5000/v3/projects"), "identity ")
	provider.IdentityEndpoint = "http://third.example:5000/v3/"
	expect("another identity endpoint", find("6", "http://third.example:5000/v3/projects"), "identity ")
	provider.IdentityBase = "http://fourth.example:5000/"
	expect("another identity base", find("6", "http://fourth.example:5000/"), "identity ")
	expect("an identity base that was replaced", find("6", "http://elsewhere.example:5000/"), "not the cloud")

	provider, find = newProvider()
	set(provider, newToken("1", listed{"identity", "", "http://keystone.example:5000"}, listed{"identity", "RegionOne", "http://other.example:5000/v3"}))
	expect("a region that is not named", find("1", "http://keystone.example:5000/v3/projects"), "identity RegionOne")
	set(provider, newToken("2", listed{"identity", "RegionOne", "http://a.example/v3"}, listed{"identity", "RegionTwo", "http://b.example/v3"}))
	expect("one of two regions", find("2", "http://keystone.example:5000/v3/projects"), "identity ")
	expect("one of two regions", find("2", "http://a.example:80/v3/projects"), "identity RegionOne")
	set(provider, newToken("3", listed{"image", "RegionOne", "http://a.example/image"}, listed{"identity", "RegionOne", "http://a.example/identity"}))
	expect("a region listed beside another service", find("3", "http://keystone.example:5000/v3/projects"), "identity RegionOne")

	// URLs of a host outside the paths of its endpoints, such as the list of
	// versions.
	const root = "http://nova.example:8774/"
	set(provider, newToken("4", nova1, listed{"compute", "RegionOne", "http://nova.example:8774/v2"}))
	expect("a host of one service", find("4", root), "compute RegionOne")
	set(provider, newToken("5", nova1, listed{"compute", "RegionTwo", "http://nova.example:8774/v2"}))
	expect("a host of one service in two regions", find("5", root), "compute ")
	set(provider, newToken("6", nova1, listed{"image", "RegionOne", "http://nova.example:8774/image"}))
	expect("a host of two services", find("6", root), " ")
	set(provider, newToken("7", nova1, listed{"compute", "", "http://nova.example:8774/v2.1"}))
	expect("an endpoint without a region", find("7", nova), "compute RegionOne")
	set(provider, newToken("8", nova1, nova2))
	expect("an endpoint of two regions", find("8", nova), "compute ")
	set(provider, newToken("9", nova1, listed{"compute_legacy", "RegionTwo", "http://nova.example:8774/v2.1"}))
	expect("an endpoint of two services, the first", find("9", nova), "compute RegionOne")
}

// The region of an endpoint is its region_id, which Keystone's v3 API has, or else
// its older member region.
func TestRegionOfAnEndpoint(t *testing.T) {
	for name, test := range map[string]struct{ id, region, want string }{
		"both":      {"one", "RegionOne", "one"},
		"region_id": {"one", "", "one"},
		"region":    {"", "RegionOne", "RegionOne"},
		"neither":   {"", "", ""},
	} {
		result := newToken("token")
		result.Body = map[string]any{"token": map[string]any{"catalog": []any{map[string]any{"type": "compute", "endpoints": []any{
			map[string]any{"interface": "public", "region": test.region, "region_id": test.id, "url": "http://nova.example/v2.1"},
		}}}}}
		provider := &gophercloud.ProviderClient{}
		if err := provider.SetTokenAndAuthResult(result); err != nil {
			t.Fatal(err)
		}
		e := newCloud(provider, nil).find(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://nova.example/v2.1/servers", nil))
		if e == nil || e.region != test.want {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

// Only to the cloud: the cloud's requests are signed also if the program sets a
// token, which it then has before the catalog that comes with the token.
func TestCatalogOfAGivenToken(t *testing.T) {
	key := newKey(t, "SECRET_KEY")
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	owner, err := openstack.AuthenticatedClient(t.Context(), cloud.AuthOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer owner.HTTPClient.CloseIdleConnections()
	given, err := openstack.NewClient(cloud.AuthURL())
	if err != nil {
		t.Fatal(err)
	}
	defer given.HTTPClient.CloseIdleConnections()
	spans := sdktrace.NewTracerProvider()
	Instrument(given, WithTracerProvider(spans), WithHMACKeys(key))
	if err := openstack.Authenticate(t.Context(), given, gophercloud.AuthOptions{IdentityEndpoint: cloud.AuthURL(), TokenID: owner.Token()}); err != nil {
		t.Fatal(err)
	}
	get(t, t.Context(), given, cloud.Endpoint("image")+"/v2/images")
	requests := cloud.Requests()
	last := requests[len(requests)-1]
	for i := len(requests) - 1; last.Caller != ""; i-- { // Glance asks Keystone to validate the token
		last = requests[i]
	}
	if last.Service != "image" || !last.Signed || !strings.HasPrefix(last.GlobalID, "req-") {
		t.Errorf("%s %s arrived at %s, signed %v, global request id %q", last.Method, last.Path, last.Service, last.Signed, last.GlobalID)
	}
}

// First, do no harm: an AuthResult that the program made itself does no harm.
func TestOddAuthResults(t *testing.T) {
	for name, result := range map[string]gophercloud.AuthResult{
		"no catalog":  bareResult{},
		"nil catalog": nilCatalog{},
		"a catalog of nonsense": newToken("token", listed{"a", "b", "%(x)s"}, listed{"a", "b", "ftp://x"},
			listed{"a", "b", ""}, listed{"", "", "http://127.0.0.1:1"}),
	} {
		p := newProgram(t)
		host := newOneHost(t)
		provider := p.provider(t, host.options().IdentityEndpoint)
		Instrument(provider, p.options()...)
		if err := provider.SetTokenAndAuthResult(result); err != nil {
			t.Fatal(err)
		}
		get(t, t.Context(), provider, host.URL+"/"+name)
		if host.header("/"+name).Get(hmac.HeaderHMAC) == "" {
			t.Errorf("%s: not signed", name)
		}
	}
}

type bareResult struct{}

func (bareResult) ExtractTokenID() (string, error) { return "token", nil }

type nilCatalog struct{ bareResult }

func (nilCatalog) ExtractServiceCatalog() (*tokens.ServiceCatalog, error) { return nil, nil } //nolint:nilnil // this is tested

func TestCatalogIsReadOnceByManyAtOnce(t *testing.T) {
	provider, err := openstack.NewClient("http://keystone.example:5000/v3")
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(provider, nil)
	for _, id := range []string{"1", "2", "3"} {
		if err := provider.SetTokenAndAuthResult(newToken(id, listed{"compute", id, "http://nova.example/v2.1"})); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://nova.example/v2.1/servers", nil)
				r.Header.Set("X-Auth-Token", id)
				if e := c.find(r); e == nil || e.region != id {
					t.Errorf("with token %s got %+v", id, e)
				}
			})
		}
		all.Wait()
	}
}

// Whatever paths a host has, a request belongs to the endpoint with the longest
// path that is a prefix of the request's path and ends at the end of a segment.
func TestLongestPath(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	path := func(segments int) string {
		var b strings.Builder
		for range random.IntN(segments) {
			b.WriteString([]string{"/", "/a", "/b", "/ab", "/a-b"}[random.IntN(5)])
		}
		return b.String()
	}
	found := 0
	for range 2000 {
		var all []listed
		paths := map[string]bool{}
		for i := range random.IntN(8) {
			if p := strings.TrimRight(path(5), "/"); !paths[p] {
				paths[p] = true
				all = append(all, listed{p + " " + strconv.Itoa(i), "R", "https://cloud.example" + p})
			}
		}
		provider := &gophercloud.ProviderClient{IdentityBase: "https://identity.example/"}
		if err := provider.SetTokenAndAuthResult(newToken("t", all...)); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://cloud.example/", http.NoBody)
		r.URL.Path = path(8)
		want, length := "", -1
		for _, e := range all {
			p := strings.TrimPrefix(e.url, "https://cloud.example")
			if len(p) > length && strings.HasPrefix(r.URL.Path+"/", p+"/") {
				want, length = e.serviceType, len(p)
			}
		}
		got := newCloud(provider, nil).find(r)
		switch {
		case length >= 0:
			found++
			if got == nil || got.serviceType != want {
				t.Errorf("%q among %v: %+v, want %q", r.URL.Path, all, got, want)
			}
		case len(all) == 0 && got != nil, len(all) > 0 && got == nil, len(all) > 1 && got.serviceType != "":
			t.Errorf("%q among %v: %+v", r.URL.Path, all, got)
		}
	}
	if found < 500 {
		t.Errorf("only %d requests belonged to an endpoint", found)
	}
}
