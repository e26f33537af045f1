package gophercloudtrace

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	swift := endpoint{serviceType: "object-store", path: "/v1/AUTH_6f70"}
	ceph := endpoint{serviceType: "object-store", path: "/swift/v1"}
	nova := endpoint{serviceType: "compute", path: "/v2.1"}
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
		{"http://h/compute/v2.1/servers/1", endpoint{serviceType: "compute", path: "/compute/v2.1"}, "/compute/v2.1/servers/{id}"},
		{"http://h:5000/v3/auth/tokens", endpoint{}, "/v3/auth/tokens"},
		{"http://h:5000/v3/OS-INHERIT/domains/d/users/u/roles/r/inherited_to_projects", endpoint{}, "/v3/OS-INHERIT/domains/{id}/users/{id}/roles/{id}/inherited_to_projects"},
		{"http://h:9696/v2.0/networks/n/dhcp-agents", endpoint{}, "/v2.0/networks/{id}/dhcp-agents"},
		{"http://h:9696/v2.0/floatingips/f/port_forwardings/p", endpoint{}, "/v2.0/floatingips/{id}/port_forwardings/{id}"},
		{"http://h:9292/v2/images/i/file", endpoint{}, "/v2/images/{id}/file"},
		{"http://h:8778/allocation_candidates?resources=VCPU:1", endpoint{}, "/allocation_candidates"},
		{"http://h:8004/v1/6f70/stacks/web/5c3f/resources/volume-1", endpoint{}, "/v1/{id}/stacks/{id}/{id}/resources/{id}"},
		{"http://h:9001/v2/zones/z/recordsets", endpoint{}, "/v2/zones/{id}/recordsets"},
		{"http://h:8080/v1/AUTH_6f70/servers/images/detail", swift, "/v1/{id}/{id}/{id}"},
		{"http://h:8080/v1/AUTH_6f70/c", swift, "/v1/{id}/{id}"},
		{"http://h:8080/v1/AUTH_6f70", swift, "/v1/{id}"},
		{"http://h:8080/v1/AUTH_other/servers/images/detail", endpoint{}, "/v1/{id}/{id}/{id}"},
		{"http://h:8080/info", endpoint{serviceType: "object-store"}, "/info"},
		{"http://h/swift/v1/volumes/backups/1/2/3", ceph, "/swift/v1/{id}/{id}"},
		{"http://h/", endpoint{}, "/"},
		{"http://h", endpoint{}, "/"},
		{"http://h//v3//projects/", endpoint{}, "/v3/projects"},
		{"http://h/v3/users/servers%2Fdetail", endpoint{}, "/v3/users/{id}"},
		{"http://h/vm1/v/v1./v1234/v1.x", endpoint{}, "/{id}/{id}/{id}/{id}/{id}"},
		{"http://h" + strings.Repeat("/servers", 100), endpoint{}, strings.Repeat("/servers", maxSegments)},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := template(u, test.endpoint); got != test.want {
			t.Errorf("%s: got %s, want %s", test.url, got, test.want)
		}
	}
}

// Whatever objects and ids there are, the number of span names stays small.
func TestTemplatesAreFew(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var words []string
	for word := range apiWords {
		words = append(words, word)
	}
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
			"/v2.1/" + id + "/servers/" + id:  {},
			"/v3/projects/" + id + "/tags/x1": {},
		} {
			templates[template(&url.URL{Path: path}, e)] = true
		}
	}
	if len(templates) > 6 {
		t.Errorf("%d templates: %v", len(templates), templates)
	}
}

func template(u *url.URL, e endpoint) string {
	return strings.TrimPrefix(spanName(&http.Request{Method: http.MethodGet, URL: u}, &e), "GET ")
}

func FuzzTemplate(f *testing.F) {
	f.Add("/v2.1/servers/1", "/v2.1")
	f.Add("/v1/AUTH_a/c/o", "/v1/AUTH_a")
	f.Fuzz(func(t *testing.T, path, prefix string) {
		for _, serviceType := range []string{"compute", "object-store"} {
			got := template(&url.URL{Path: path}, endpoint{serviceType: serviceType, path: strings.TrimRight(prefix, "/")})
			for segment := range strings.SplitSeq(strings.TrimPrefix(got, "/"), "/") {
				if segment != "" && segment != "{id}" && !apiWords[segment] && !isVersion(segment) {
					t.Errorf("%q became %q", path, got)
				}
			}
		}
	})
}
