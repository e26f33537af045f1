// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	swift := endpoint{serviceType: "object-store", path: "/v1/AUTH_6f70"}
	ceph := endpoint{serviceType: "object-store", path: "/swift/v1"}
	nova := endpoint{serviceType: "compute", path: "/v2.1"}
	keystone := endpoint{serviceType: "identity", path: "/v3"}
	heat := endpoint{serviceType: "orchestration", path: "/v1/6f70"}
	cinder := endpoint{serviceType: "block-storage", path: "/v3/6f70"}
	for _, test := range []struct {
		url      string
		endpoint endpoint
		want     string
	}{
		{"http://h:8774/v2.1/servers", nova, "/v2.1/servers"},
		{"http://h:8774/v2.1/servers/detail?name=web", nova, "/v2.1/servers/detail"},
		{"http://h:8774/v2.1/servers/5c3f8a80-16cd-43dd-8448-eb211c80319c/action", nova, "/v2.1/servers/{id}/action"},
		{"http://h:8774/v2.1/6f70656e737461636b/os-keypairs/my%20key", nova, "/v2.1/{id}/os-keypairs/{id}"},
		{"http://h:8774/v2.1/flavors/m1.nano/os-extra_specs/hw:cpu_policy", nova, "/v2.1/flavors/{id}/os-extra_specs/{id}"},
		{"http://h:5000/v3/auth/tokens", endpoint{}, "/v3/auth/tokens"},
		{"http://h:5000/v3/OS-INHERIT/domains/d/users/u/roles/r/inherited_to_projects", endpoint{}, "/v3/OS-INHERIT/domains/{id}/users/{id}/roles/{id}/inherited_to_projects"},
		{"http://h:9696/v2.0/networks/n/dhcp-agents", endpoint{}, "/v2.0/networks/{id}/dhcp-agents"},
		{"http://h:9696/v2.0/floatingips/f/port_forwardings/p", endpoint{}, "/v2.0/floatingips/{id}/port_forwardings/{id}"},
		{"http://h:9292/v2/images/i/file", endpoint{}, "/v2/images/{id}/file"},
		{"http://h:8778/allocation_candidates?resources=VCPU:1", endpoint{}, "/allocation_candidates"},
		{"http://h:8004/v1/6f70/stacks/web/5c3f/resources/volume-1", endpoint{}, "/v1/{id}/stacks/{id}/{id}/resources/{id}"},
		{"http://h:9001/v2/zones/z/recordsets", endpoint{}, "/v2/zones/{id}/recordsets"},

		// These values are words of an API elsewhere.
		{"http://h:5000/v3/domains/default", keystone, "/v3/domains/{id}"},
		{"http://h:5000/v3/domains/default", endpoint{}, "/v3/domains/{id}"},
		{"http://h:5000/v3/domains/config/default", keystone, "/v3/domains/config/default"},
		{"http://h:5000/v3/domains/default/config/identity/driver", keystone, "/v3/domains/{id}/config/{id}/{id}"},
		{"http://h:8774/v2.1/os-keypairs/default", nova, "/v2.1/os-keypairs/{id}"},
		{"http://h:8774/v2.1/servers/servers/metadata/action", nova, "/v2.1/servers/{id}/metadata/{id}"},
		{"http://h:8774/v2.1/servers/s/tags/v2.1", nova, "/v2.1/servers/{id}/tags/{id}"},
		{"http://h:8004/v1/6f70/stacks/image", heat, "/v1/{id}/stacks/{id}"},
		{"http://h:8004/v1/6f70/stacks/image/template/template", heat, "/v1/{id}/stacks/{id}/{id}/template"},
		{"http://h:9511/v1/clusters/enable", endpoint{serviceType: "container-infra", path: "/v1"}, "/v1/clusters/{id}"},
		{"http://h:8776/v3/6f70/clusters/enable", cinder, "/v3/{id}/clusters/enable"},

		// gophercloud has no functions for these.
		{"http://h:9876/v2/lbaas/availabilityzones/az", endpoint{}, "/v2/lbaas/availabilityzones/{id}"},
		{"http://h:9876/v2/lbaas/availabilityzoneprofiles/p", endpoint{}, "/v2/lbaas/availabilityzoneprofiles/{id}"},
		{"http://h:9696/v2.0/ports/p/bindings/host/activate", endpoint{}, "/v2.0/ports/{id}/bindings/{id}/activate"},
		{"http://h:9696/v2.0/quotas/q/details", endpoint{}, "/v2.0/quotas/{id}/details"},
		{"http://h:9696/v2.0/routers/r/add_gateway_router", endpoint{}, "/v2.0/routers/{id}/add_gateway_router"},
		{"http://h:8776/v3/6f70/volumes/summary", cinder, "/v3/{id}/volumes/summary"},
		{"http://h:8776/v3/6f70/os-services/get-log", cinder, "/v3/{id}/os-services/get-log"},
		{"http://h:8776/v3/6f70/consistencygroups/create_from_src", cinder, "/v3/{id}/consistencygroups/create_from_src"},
		{"http://h:8786/v2/shares/manage", endpoint{}, "/v2/shares/manage"},
		{"http://h:8786/v2/services/ensure-shares", endpoint{}, "/v2/services/ensure-shares"},
		{"http://h:9001/v2/zones/tasks/imports/i", endpoint{}, "/v2/zones/tasks/imports/{id}"},
		{"http://h:9001/v2/zones/tasks/exports/e/export", endpoint{}, "/v2/zones/tasks/exports/{id}/export"},
		{"http://h:6666/v2/attributes/a", endpoint{}, "/v2/attributes/{id}"},
		{"http://h:9292/v2/schemas/metadefs/property", endpoint{}, "/v2/schemas/metadefs/property"},
		{"http://h:9292/v2/metadefs/namespaces/n/objects/o", endpoint{}, "/v2/metadefs/namespaces/{id}/objects/{id}"},
		{"http://h:9292/v2/metadefs/namespaces/n/tags/t", endpoint{}, "/v2/metadefs/namespaces/{id}/tags/{id}"},
		{"http://h:8779/v1.0/6f70/mgmt/instances/i", endpoint{}, "/v1.0/{id}/mgmt/instances/{id}"},
		{"http://h:6385/v1/nodes/n/allocation", endpoint{}, "/v1/nodes/{id}/allocation"},

		// These are endpoints whose paths begin with names, and URLs that are
		// not below the endpoints' paths.
		{"http://h/compute/v2.1/servers/1", endpoint{serviceType: "compute", path: "/compute/v2.1"}, "/compute/v2.1/servers/{id}"},
		{"http://h/compute/v2.1/servers/1", endpoint{}, "/compute/v2.1/servers/{id}"},
		{"http://h/compute/", endpoint{serviceType: "compute"}, "/compute"},
		{"http://h/identity/v3/domains/default", endpoint{serviceType: "identity", path: "/identity"}, "/identity/v3/domains/{id}"},
		{"http://h/volume/v3/6f70/volumes/v", endpoint{serviceType: "volumev3", path: "/volume/v3/6f70"}, "/volume/v3/{id}/volumes/{id}"},
		{"http://h/volume/v3/6f70/volumes/v", endpoint{}, "/volume/v3/{id}/volumes/{id}"},
		{"http://h/placement/traits", endpoint{}, "/placement/traits"},
		{"http://h/cloud-7/region-a/compute/v2.1/servers/1", endpoint{serviceType: "compute", path: "/cloud-7/region-a/compute/v2.1"}, "/{id}/{id}/compute/v2.1/servers/{id}"},
		{"http://h/compute/v2.1/servers", endpoint{path: "/compute"}, "/compute/v2.1/servers"},

		// These are not known.
		{"http://h:8774/v2.1/os-something/servers/1", nova, "/v2.1/{id}/servers/{id}"},
		{"http://h:8774/v2.1/6f70/os-something/servers/1", nova, "/v2.1/{id}/{id}/{id}/{id}"},
		{"http://h:8776/v3/6f70/other/volumes", cinder, "/v3/{id}/{id}/{id}"},
		{"http://h:8774/v2.1/v3/servers", nova, "/v2.1/{id}/servers"},
		{"http://h/container-infra/v1/clusters/enable", endpoint{}, "/container-infra/v1/clusters/{id}"},
		{"http://h/servers/action/1", endpoint{}, "/servers/{id}/{id}"},
		{"http://h/bucket/servers/action/v3", endpoint{}, "/{id}/{id}/{id}/{id}"},
		{"http://h/network/v2.0/networks", endpoint{serviceType: "rca", path: "/network"}, "/network/v2.0/networks"},

		{"http://h:8080/v1/AUTH_6f70/servers/images/detail", swift, "/v1/{id}/{id}/{id}"},
		{"http://h:8080/v1/AUTH_6f70/info", swift, "/v1/{id}/{id}"},
		{"http://h:8080/v1/AUTH_6f70", swift, "/v1/{id}"},
		{"http://h:8080/v1/AUTH_other/servers/images/detail", endpoint{}, "/v1/{id}/{id}/{id}"},
		{"http://h:8080/v1/KEY_other/servers/images/detail", endpoint{serviceType: "object-store"}, "/v1/{id}/{id}/{id}"},
		{"http://h:8080/v1/KEY_6f70/servers/images/detail", endpoint{serviceType: "object-store", path: "/v1/KEY_6f70"}, "/v1/{id}/{id}/{id}"},
		{"http://h/objects/info/info", endpoint{serviceType: "object-store", path: "/objects"}, "/{id}/{id}/{id}"},
		{"http://h:8080/info", endpoint{serviceType: "object-store"}, "/info"},
		{"http://h:8080/auth/v1.0", endpoint{}, "/auth/v1.0"},
		{"http://h/swift/v1/volumes/backups/1/2/3", ceph, "/swift/v1/{id}/{id}"},
		{"http://h/swift/v1/AUTH_6f70/volumes/backups/1/2/3", ceph, "/swift/v1/{id}/{id}/{id}"},

		{"http://h/", endpoint{}, "/"},
		{"http://h", endpoint{}, "/"},
		{"http://h//v3//projects/", endpoint{}, "/v3/projects"},
		{"http://h/v3/users/servers%2Fdetail", endpoint{}, "/v3/users/{id}"},
		{"http://h/vm1/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v1./servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v12/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v1.x/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v1.1x/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v1.x1/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v2.15/servers", endpoint{}, "/v2.15/servers"},
		{"http://h/v2.155/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v0/servers", endpoint{}, "/v0/servers"},
		{"http://h/v9/servers", endpoint{}, "/v9/servers"},
		{"http://h/v2.09/servers", endpoint{}, "/v2.09/servers"},
		{"http://h/v2.90/servers", endpoint{}, "/v2.90/servers"},
		{"http://h/v2.0:/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v2.0!/servers", endpoint{}, "/{id}/{id}"},
		{"http://h/v/servers", endpoint{}, "/{id}/{id}"},
		{"http://h" + strings.Repeat("/servers", 100), endpoint{}, "/servers" + strings.Repeat("/{id}", maxSegments-1)},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := template(u, &test.endpoint); got != test.want {
			t.Errorf("%s: got %s, want %s", test.url, got, test.want)
		}
	}
}

func TestURLTemplate(t *testing.T) {
	for _, test := range []struct{ serviceType, path, want string }{
		{"compute", "/v2.1/servers/5c3f8a80-16cd-43dd-8448-eb211c80319c", "/v2.1/servers/{id}"},
		{"nova", "/v2.1/servers/detail", "/v2.1/servers/detail"},
		{"keystone", "/v3/domains/default", "/v3/domains/{id}"},
		{"", "/v2.0/ports/p", "/v2.0/ports/{id}"},
		{"unknown", "/v2.0/ports/p", "/v2.0/ports/{id}"},
		{"", "", "/"},
	} {
		if got := URLTemplate(test.serviceType, test.path); got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.serviceType, test.path, got, test.want)
		}
	}
}

// The number of span names stays small, whatever objects and ids there are.
func TestTemplatesAreFew(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := slices.Collect(maps.Keys(apiWords()))
	templates := map[string]bool{}
	for range 10_000 {
		var object strings.Builder
		for range random.IntN(6) {
			fmt.Fprintf(&object, "/%s", words[random.IntN(len(words))])
		}
		id := fmt.Sprintf("%016x", random.Uint64())
		for path, e := range map[string]endpoint{
			"/v1/AUTH_a/c" + object.String():  {serviceType: "object-store", path: "/v1/AUTH_a"},
			"/swift/v1/c" + object.String():   {serviceType: "object-store", path: "/swift/v1"},
			"/bucket" + object.String():       {},
			"/v2.1/" + id + "/servers/" + id:  {},
			"/v3/projects/" + id + "/tags/x1": {},
		} {
			templates[template(&url.URL{Path: path}, &e)] = true
		}
	}
	if len(templates) > 12 {
		t.Errorf("%d templates: %v", len(templates), templates)
	}
}

func TestParsePaths(t *testing.T) {
	for _, text := range []string{
		"/: servers",
		"[compute]\n/servers",
		"[compute nova]\n[nova]",
		"[compute]\n/: " + strings.Repeat("servers ", 1<<13),
	} {
		if _, err := parsePaths(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	longest := "[compute]\n/: servers\n#"
	longest += strings.Repeat("-", math.MaxUint16-len(longest))
	if _, err := parsePaths(longest); err != nil {
		t.Errorf("%d bytes: %v", len(longest), err)
	}
}

func template(u *url.URL, e *endpoint) string {
	return strings.TrimPrefix(spanName(&http.Request{Method: http.MethodGet, URL: u}, e), "GET ")
}

// apiWords are the words of all APIs, and the names of services.
func apiWords() map[string]bool {
	words := map[string]bool{}
	for _, w := range paths().words {
		words[paths().textOf(w)] = true
	}
	for name := range paths().byName {
		words[name] = true
	}
	return words
}

// A template never has a UUID, a token, or any other text that is not a word of
// an API.
func FuzzTemplate(f *testing.F) {
	f.Add("/v2.1/servers/1", "/v2.1")
	f.Add("/v1/AUTH_a/c/o", "/v1/AUTH_a")
	f.Add("/v3/domains/5c3f8a80-16cd-43dd-8448-eb211c80319c/config", "")
	f.Add("/identity/v3/projects/6f70656e737461636b/tags/0123456789abcdef", "/identity")
	words := apiWords()
	secret := regexp.MustCompile(`[0-9a-fA-F]{16}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-`)
	f.Fuzz(func(t *testing.T, path, prefix string) {
		for name := range paths().byName {
			known(t, words, secret, path, &endpoint{serviceType: name, path: strings.TrimRight(prefix, "/")})
		}
		known(t, words, secret, path, &endpoint{path: strings.TrimRight(prefix, "/")})
		known(t, words, secret, path, nil)
	})
}

func known(t *testing.T, words map[string]bool, secret *regexp.Regexp, path string, e *endpoint) {
	got := template(&url.URL{Path: path}, e)
	if secret.MatchString(got) {
		t.Errorf("%q became %q", path, got)
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(got, "/"), "/") {
		if segment != "" && segment != idSegment && !words[segment] && !isVersion(segment) {
			t.Errorf("%q became %q", path, got)
		}
	}
}

func BenchmarkSpanName(b *testing.B) {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/v3/6f70656e737461636b/volumes/5c3f8a80-16cd-43dd-8448-eb211c80319c/metadata"}}
	e := &endpoint{serviceType: "block-storage", path: "/v3/6f70656e737461636b"}
	b.ReportAllocs()
	for b.Loop() {
		spanName(r, e)
	}
}
