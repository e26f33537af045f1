// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// built is a line of testdata/gophercloud-urls.txt.
type built struct {
	of      string // the package of gophercloud
	method  string
	path    string
	pattern string
}

// gophercloudURLs returns the URLs that gophercloud builds, and gophercloud's
// version.
func gophercloudURLs(t *testing.T) (version string, all []built) {
	text, err := os.ReadFile("testdata/gophercloud-urls.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if comment, ok := strings.CutPrefix(line, "#"); ok {
			if _, behind, ok := strings.Cut(comment, "gophercloud/v2 "); ok {
				version, _, _ = strings.Cut(behind, " ")
			}
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 4 {
			t.Fatalf("%q has not four fields", line)
		}
		all = append(all, built{fields[0], fields[1], fields[2], fields[3]})
	}
	return version, all
}

// serviceTypes has the service type of each package of gophercloud.
var serviceTypes = map[string]string{
	"baremetal":              "baremetal",
	"baremetalintrospection": "baremetal-introspection",
	"blockstorage":           "block-storage",
	"common":                 "compute",
	"compute":                "compute",
	"container":              "application-container",
	"containerinfra":         "container-infra",
	"db":                     "database",
	"dns":                    "dns",
	"identity":               "identity",
	"image":                  "image",
	"keymanager":             "key-manager",
	"loadbalancer":           "load-balancer",
	"messaging":              "messaging",
	"metric":                 "metric",
	"networking":             "network",
	"objectstorage":          "object-store",
	"orchestration":          "orchestration",
	"placement":              "placement",
	"reservation":            "reservation",
	"sharedfilesystems":      "shared-file-system",
	"workflow":               "workflow",
}

// Gophercloud's own URL builders show which segments of its URLs are constants.
// A template keeps these, and no others.
func TestGophercloud(t *testing.T) {
	version, all := gophercloudURLs(t)
	module, err := os.ReadFile("../test/newest/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(module), "github.com/gophercloud/gophercloud/v2 "+version+"\n") {
		t.Errorf("the URLs are those of gophercloud %s, which is not the version in test/newest/go.mod; make gophercloud-urls writes them anew", version)
	}
	checked := 0
	for _, b := range all {
		service, _, _ := strings.Cut(b.of, "/")
		serviceType, known := serviceTypes[service]
		if b.pattern == "-" || !known || strings.Contains(b.path, "//") {
			continue // an id is empty in it, so the path is that of another resource
		}
		path := b.path
		if path == "-" {
			path = strings.ReplaceAll(b.pattern, idSegment, "5c3f8a80-16cd-43dd-8448-eb211c80319c")
		}
		pattern := strings.TrimSuffix(b.pattern, "/")
		for _, test := range []struct {
			endpoint *endpoint
			base     string // the beginning of the path
			want     string
		}{
			{&endpoint{serviceType: serviceType, path: "/" + serviceType + "/6f70/v2"}, "/" + serviceType + "/6f70/v2", "/" + serviceType + "/{id}/v2"},
			{&endpoint{serviceType: serviceType, path: "/" + serviceType}, "/" + serviceType, "/" + serviceType},
			{&endpoint{serviceType: serviceType, path: "/v3/6f70"}, "/v3/6f70", "/v3/{id}"},
			{nil, "/v3/6f70", "/v3/{id}"},
			{nil, "", ""},
		} {
			want := test.want + pattern
			if want == "" {
				want = "/"
			}
			first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
			if isVersion(first) && (strings.HasPrefix(test.base, "/v3") || strings.HasSuffix(test.base, "/v2")) {
				continue // the endpoint already has a version
			}
			if serviceType == "object-store" && test.endpoint == nil {
				continue // an account is recognized by its name, which gophercloud's tests do not have
			}
			u, err := url.Parse("http://h" + test.base + path)
			if err != nil {
				t.Fatal(err)
			}
			checked++
			if got := template(u, test.endpoint); got != want {
				t.Errorf("%s: %s %s is named %s, want %s", b.of, b.method, test.base+path, got, want)
			}
		}
	}
	if checked < 4000 {
		t.Errorf("%d URLs were checked", checked)
	}
}

var literal = regexp.MustCompile(`[^/]+`)

// Every segment that a template keeps is a constant of gophercloud's URL
// builders, a version, or the name of a service, for any path.
func TestGophercloudLiterals(t *testing.T) {
	_, all := gophercloudURLs(t)
	constants := map[string]bool{idSegment: true}
	for _, b := range all {
		for _, segment := range literal.FindAllString(b.pattern, -1) {
			constants[segment] = true
		}
	}
	for _, b := range all {
		if b.path == "-" {
			continue
		}
		u, err := url.Parse("http://h" + b.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, segment := range literal.FindAllString(template(u, nil), -1) {
			if !constants[segment] && !isVersion(segment) && paths().byName[segment] == 0 {
				t.Errorf("%s: %s %s is named %s", b.of, b.method, b.path, template(u, nil))
			}
		}
	}
}
