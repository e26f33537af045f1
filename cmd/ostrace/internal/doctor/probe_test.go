// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

func TestURL(t *testing.T) {
	for _, test := range []struct{ service, endpoint, want string }{
		{"identity", "http://h:5000", "http://h:5000/v3/auth/projects"},
		{"identity", "https://h/identity/v3/", "https://h/identity/v3/auth/projects"},
		{"image", "https://h/image", "https://h/image/v2/images?limit=1"},
		{"image", "https://h:9292/v2", "https://h:9292/v2/images?limit=1"},
		{"network", "http://h:9696/", "http://h:9696/v2.0/networks?limit=1"},
		{"networking", "http://h:9696/v2.0", "http://h:9696/v2.0/networks?limit=1"},
		{"compute", "http://h:8774/v2.1/5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b", "http://h:8774/v2.1/5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b/flavors?limit=1"},
		{"volumev3", "http://h:8776/v3/5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b", "http://h:8776/v3/5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b/volumes?limit=1"},
		{"placement", "http://h/placement", "http://h/placement/resource_providers?name=ostrace-doctor"},
	} {
		p, known := probeOf(test.service)
		if !known {
			t.Errorf("%s is not known", test.service)
			continue
		}
		if got, err := p.url(test.endpoint, p.read); err != nil || got != test.want {
			t.Errorf("%s at %s: %s, %v, want %s", test.service, test.endpoint, got, err, test.want)
		}
	}
	for _, endpoint := range []string{"", "/v3", "ftp://h", "http://", "http://h:port", "http://%"} {
		if got, err := probes[0].url(endpoint, "/x"); err == nil {
			t.Errorf("%q: %s", endpoint, got)
		}
	}
}

// The table of services follows the catalog, the region and the interface.
func TestTargets(t *testing.T) {
	endpoint := func(face, region, url string) tokens.Endpoint {
		return tokens.Endpoint{Interface: face, Region: region, URL: url}
	}
	catalog := &tokens.ServiceCatalog{Entries: []tokens.CatalogEntry{
		{Type: "load-balancer", Endpoints: []tokens.Endpoint{endpoint("public", "one", "http://lb")}},
		{Type: "volumev3", Endpoints: []tokens.Endpoint{endpoint("public", "one", "http://v3")}},
		{Type: "block-storage", Endpoints: []tokens.Endpoint{endpoint("public", "one", "http://again")}},
		{Type: "object-store", Endpoints: []tokens.Endpoint{endpoint("public", "one", "http://swift")}},
		{Type: "image", Endpoints: []tokens.Endpoint{endpoint("public", "two", "http://two"), endpoint("internal", "one", "http://inside"), endpoint("public", "one", "http://one")}},
		{Type: "network", Endpoints: []tokens.Endpoint{endpoint("public", "two", "http://elsewhere")}},
		{Type: "compute", Endpoints: []tokens.Endpoint{endpoint("public", "one", "nonsense")}},
	}}
	for _, test := range []struct {
		where gophercloud.EndpointOpts
		want  string
	}{
		{gophercloud.EndpointOpts{Region: "one"}, "glance http://one/v2/images?limit=1, neutron -, nova -, cinder http://v3/v3/volumes?limit=1, load-balancer -, object-store -"},
		{gophercloud.EndpointOpts{}, "glance http://two/v2/images?limit=1, neutron http://elsewhere/v2.0/networks?limit=1, nova -, cinder http://v3/v3/volumes?limit=1, load-balancer -, object-store -"},
		{gophercloud.EndpointOpts{Region: "one", Availability: gophercloud.AvailabilityInternal}, "glance http://inside/v2/images?limit=1, neutron -, nova -, cinder -, load-balancer -, object-store -"},
	} {
		var got []string
		for _, target := range targets(catalog, test.where, 1_000_000) {
			shown := target.url
			if target.Untested != "" {
				shown = "-"
			} else if !strings.Contains(target.markedURL, "1000000") {
				t.Errorf("%s has no mark", target.markedURL)
			}
			got = append(got, target.Name+" "+shown)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%+v: %s, want %s", test.where, strings.Join(got, ", "), test.want)
		}
	}
}

// Each finding has a section in the page to which it links.
func TestSections(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/openstack.md")
	if err != nil {
		t.Fatal(err)
	}
	var anchors []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(page), -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	for _, file := range []string{"findings_services.go", "findings_store.go", "findings_options.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ids := regexp.MustCompile(`ID:\s+"([a-z0-9-]+)"`).FindAllStringSubmatch(string(source), -1)
		if len(ids) == 0 {
			t.Errorf("no finding in %s", file)
		}
		for _, id := range ids {
			if !slices.Contains(anchors, id[1]) {
				t.Errorf("docs/openstack.md has no section %q", id[1])
			}
		}
	}
}
