// SPDX-License-Identifier: Apache-2.0

package simcloud_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/keypairs"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/objectstorage/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/objectstorage/v1/objects"
	"github.com/gophercloud/gophercloud/v2/openstack/placement/v1/resourceproviders"
	"github.com/gophercloud/gophercloud/v2/openstack/utils"

	"github.com/ostrace/ostrace/hmac"
)

func TestErrorsInEachServicesForm(t *testing.T) {
	f := start(t)
	f.SetQuota(1)
	p := f.program(t)
	opts := p.choose(t, "m1.nano")
	p.create(t, opts)
	keypair := keypairs.CreateOpts{Name: "k", PublicKey: "ssh-ed25519 AAAA k"}
	if err := keypairs.Create(t.Context(), p.compute, keypair).Err; err != nil {
		t.Fatal(err)
	}
	wrong := f.AuthOptions()
	wrong.Password = "wrong"
	_, wrongPassword := openstack.AuthenticatedClient(t.Context(), wrong)
	unknown := opts
	unknown.ImageRef = "nope"
	for name, c := range map[string]struct {
		err    error
		status int
		body   string
	}{
		"password": {wrongPassword, 401, `{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}`},
		"quota":    {servers.Create(t.Context(), p.compute, opts, nil).Err, 403, `{"forbidden":{"code":403,"message":"Quota exceeded for instances: Requested 1, but already used 1 of 1 instances"}}`},
		"keypair":  {keypairs.Create(t.Context(), p.compute, keypair).Err, 409, `{"conflictingRequest":{"code":409,"message":"Key pair 'k' already exists."}}`},
		"server":   {servers.Get(t.Context(), p.compute, "nope").Err, 404, `{"itemNotFound":{"code":404,"message":"Instance nope could not be found."}}`},
		"flavor":   {flavors.Get(t.Context(), p.compute, "nope").Err, 404, `{"itemNotFound":{"code":404,"message":"Flavor nope could not be found."}}`},
		"image":    {images.Get(t.Context(), p.image, "nope").Err, 404, `{"code":"404 Not Found","message":"No image found with ID nope<br /><br />\n\n\n","title":"Not Found"}`},
		"network":  {networks.Get(t.Context(), p.network, "nope").Err, 404, `{"NeutronError":{"detail":"","message":"Network nope could not be found.","type":"NetworkNotFound"}}`},
		"no image": {servers.Create(t.Context(), p.compute, unknown, nil).Err, 400, `{"badRequest":{"code":400,"message":"Can not find requested image"}}`},
	} {
		var answer gophercloud.ErrUnexpectedResponseCode
		if !errors.As(c.err, &answer) {
			t.Errorf("%s: %v", name, c.err)
			continue
		}
		if body := strings.TrimSpace(string(answer.Body)); answer.Actual != c.status || body != c.body {
			t.Errorf("%s: %d %s", name, answer.Actual, body)
		}
	}
}

func TestTwoImagesShareAName(t *testing.T) {
	p := start(t).program(t)
	pages, err := images.List(p.image, images.ListOpts{Name: "twins"}).AllPages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := images.ExtractImages(pages)
	if err != nil || len(found) != 2 || found[0].ID == found[1].ID {
		t.Errorf("%v, %v", found, err)
	}
}

func TestServersAreListed(t *testing.T) {
	f := start(t)
	p := f.program(t)
	opts := p.choose(t, "m1.nano")
	p.create(t, opts)
	opts.Name = "another"
	opts.Metadata = map[string]string{"a": "b"}
	id := p.create(t, opts).ID
	pages, err := servers.List(p.compute, servers.ListOpts{Name: "^an"}).AllPages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := servers.ExtractServers(pages)
	if err != nil || len(found) != 1 || found[0].ID != id || found[0].Metadata["a"] != "b" {
		t.Errorf("%+v, %v", found, err)
	}
	if got := strings.Join(f.Servers(), " "); got != "one another" {
		t.Errorf("servers: %q", got)
	}
}

func TestKeypairs(t *testing.T) {
	p := start(t).program(t)
	for _, microversion := range []string{"", "2.2"} {
		p.compute.Microversion = microversion
		if err := keypairs.Create(t.Context(), p.compute, keypairs.CreateOpts{Name: "k", PublicKey: "ssh-ed25519 AAAA k"}).Err; err != nil {
			t.Fatal(err)
		}
		pages, err := keypairs.List(p.compute, nil).AllPages(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if found, err := keypairs.ExtractKeyPairs(pages); err != nil || len(found) != 1 {
			t.Errorf("%+v, %v", found, err)
		}
		if got, err := keypairs.Get(t.Context(), p.compute, "k", nil).Extract(); err != nil || got.PublicKey != "ssh-ed25519 AAAA k" {
			t.Errorf("%+v, %v", got, err)
		}
		if err := keypairs.Delete(t.Context(), p.compute, "k", nil).ExtractErr(); err != nil {
			t.Error(err)
		}
		if err := keypairs.Get(t.Context(), p.compute, "k", nil).Err; !gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			t.Errorf("after it was deleted: %v", err)
		}
	}
}

func TestServerThatFitsNoHost(t *testing.T) {
	f := start(t)
	p := f.program(t)
	server := p.await(t, p.create(t, p.choose(t, "m1.toobig")).ID, "ERROR")
	if server.Fault.Code != 500 || server.Fault.Message != "No valid host was found. There are not enough hosts available." {
		t.Errorf("the fault is %+v", server.Fault)
	}
	p.delete(t, server.ID)
	if got := f.Servers(); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestRevokedTokenIsRenewed(t *testing.T) {
	f := start(t)
	p := f.program(t)
	before := p.provider.Token()
	f.RevokeTokens()
	if _, err := networks.List(p.network, nil).AllPages(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.provider.Token() == before {
		t.Error("the token is still the revoked one")
	}
	p.provider.ReauthFunc = nil
	f.RevokeTokens()
	if _, err := networks.List(p.network, nil).AllPages(t.Context()); !gophercloud.ResponseCodeIs(err, http.StatusUnauthorized) {
		t.Errorf("with a revoked token: %v", err)
	}
}

func TestKeystoneTokens(t *testing.T) {
	f := start(t)
	p := f.program(t)
	identity, err := openstack.NewIdentityV3(p.provider, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	token := p.provider.Token()
	if project, err := tokens.Get(t.Context(), identity, token).ExtractProject(); err != nil || project.Name != "demo" {
		t.Errorf("project %+v, %v", project, err)
	}
	byToken := gophercloud.AuthOptions{IdentityEndpoint: f.AuthURL(), TokenID: token, Scope: &gophercloud.AuthScope{ProjectName: "demo", DomainName: "Default"}}
	if _, err := openstack.AuthenticatedClient(t.Context(), byToken); err != nil {
		t.Errorf("by a token: %v", err)
	}
	p.provider.ReauthFunc = nil
	if err := tokens.Revoke(t.Context(), identity, token).Err; err != nil {
		t.Fatal(err)
	}
	if err := tokens.Get(t.Context(), identity, token).Err; !gophercloud.ResponseCodeIs(err, http.StatusUnauthorized) {
		t.Errorf("after it was revoked: %v", err)
	}
}

func TestVersionDocumentsSayThatItIsSimulated(t *testing.T) {
	f := start(t)
	p := f.program(t)
	if _, err := utils.RequireMicroversion(t.Context(), *p.compute, "2.79"); err != nil {
		t.Error(err)
	}
	unversioned := f.AuthOptions()
	unversioned.IdentityEndpoint = strings.TrimSuffix(f.AuthURL(), "v3")
	if _, err := openstack.AuthenticatedClient(t.Context(), unversioned); err != nil {
		t.Errorf("from Keystone's list of versions: %v", err)
	}
	placement, err := openstack.NewPlacementV1(p.provider, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := resourceproviders.List(placement, nil).AllPages(t.Context()); err != nil {
		t.Error(err)
	}
	for _, service := range []string{"identity", "image", "network", "placement", "compute"} {
		response, body := get(t, f.Endpoint(service), nil)
		if !strings.Contains(body, `"simulated":true`) || !strings.Contains(response.Header.Get("Server"), "simulated") {
			t.Errorf("%s: %v %s", service, response.Header, body)
		}
	}
}

func get(t *testing.T, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestSignedAndUnsignedGetTheSameAnswers(t *testing.T) {
	f := start(t)
	p := f.program(t)
	server := p.await(t, p.create(t, p.choose(t, "m1.nano")).ID, "ACTIVE")
	info, mac := f.key.SignedPack(hmac.TraceInfo{BaseID: baseID})
	wrongInfo, wrongMAC := newKey(t, "WRONG_KEY").SignedPack(hmac.TraceInfo{BaseID: baseID})
	token := p.provider.Token()
	for _, url := range []string{
		f.AuthURL(),
		f.AuthURL() + "/auth/tokens",
		f.AuthURL() + "/auth/catalog",
		f.Endpoint("image") + "/v2/images?name=tiny",
		f.Endpoint("image") + "/v2/images/nope",
		f.Endpoint("network") + "/v2.0/networks",
		f.Endpoint("network") + "/v2.0/ports",
		f.Endpoint("placement") + "/resource_providers",
		f.Endpoint("compute") + "/flavors/detail",
		f.Endpoint("compute") + "/servers/" + server.ID,
		f.Endpoint("compute") + "/servers/nope",
		f.Endpoint("object-store") + "/nope",
	} {
		for _, token := range []string{token, "unknown"} {
			ask := func(info, mac string) string {
				header := http.Header{"X-Auth-Token": {token}, "X-Subject-Token": {token}}
				if info != "" {
					header["X-Trace-Info"], header["X-Trace-Hmac"] = []string{info}, []string{mac}
				}
				response, body := get(t, url, header)
				var all strings.Builder
				all.WriteString(response.Status + "\n")
				_ = response.Header.Write(&all)
				return changing.ReplaceAllString(all.String()+body, "…")
			}
			unsigned := ask("", "")
			if signed := ask(info, mac); signed != unsigned {
				t.Errorf("unsigned:\n%s\nsigned:\n%s", unsigned, signed)
			}
			if signed := ask(wrongInfo, wrongMAC); signed != unsigned {
				t.Errorf("unsigned:\n%s\nsigned with a wrong key:\n%s", unsigned, signed)
			}
		}
	}
}

// changing matches the parts that differ between two answers to the same
// request.
var changing = regexp.MustCompile(`req-[0-9a-f-]{36}|tx[0-9a-f-]+|Date: .*`)

func TestRequestsAreWrittenDown(t *testing.T) {
	f := start(t)
	p := f.signing(t, f.key, hmac.TraceInfo{BaseID: baseID, ParentID: parentID})
	if err := networks.Get(t.Context(), p.network, "nope").Err; err == nil {
		t.Fatal("there is a network called nope")
	}
	requests := f.Requests()
	got := requests[len(requests)-2:]
	if r := got[0]; r.Service != "network" || r.Caller != "" || r.Method != http.MethodGet || r.Path != "/v2.0/networks/nope" || !r.Signed ||
		r.Trace != (hmac.TraceInfo{BaseID: baseID, ParentID: parentID}) || r.Header.Get("X-Auth-Token") != p.provider.Token() {
		t.Errorf("from outside: %+v", r)
	}
	if r := got[1]; r.Service != "identity" || r.Caller != "neutron-neutron-server" || r.Path != "/v3/auth/tokens" || !r.Signed {
		t.Errorf("from Neutron: %+v", r)
	}
}

func TestIntercept(t *testing.T) {
	f := start(t)
	p := f.program(t)
	f.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
		if service != "identity" { // Neutron's own validation does not come here
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return service != "identity"
	})
	if err := networks.Get(t.Context(), p.network, "nope").Err; !gophercloud.ResponseCodeIs(err, http.StatusServiceUnavailable) {
		t.Errorf("intercepted: %v", err)
	}
	f.Intercept(nil)
	if err := networks.Get(t.Context(), p.network, "nope").Err; !gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
		t.Errorf("not intercepted: %v", err)
	}
}

func TestObjectsStreamBothWays(t *testing.T) {
	f := start(t)
	p := f.signing(t, f.key, hmac.TraceInfo{BaseID: baseID})
	spans := len(f.spans.Ended())
	swift, err := openstack.NewObjectStorageV1(p.provider, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	if err := containers.Create(t.Context(), swift, "c", nil).Err; err != nil {
		t.Fatal(err)
	}
	reader, writer := io.Pipe()
	content := strings.Repeat("0123456789abcdef", 1<<16)
	go func() {
		_, err := io.WriteString(writer, content)
		writer.CloseWithError(err)
	}()
	if err := objects.Create(t.Context(), swift, "c", "a/b", objects.CreateOpts{Content: reader, NoETag: true}).Err; err != nil {
		t.Fatal(err)
	}
	download := objects.Download(t.Context(), swift, "c", "a/b", nil)
	got, err := download.ExtractContent()
	if err != nil || string(got) != content {
		t.Errorf("downloaded %d bytes of %d, %v", len(got), len(content), err)
	}
	if id := download.Header.Get(requestIDHeader); !strings.HasPrefix(id, "tx") || id != download.Header.Get("X-Trans-Id") {
		t.Errorf("Swift's request id is %q", id)
	}
	if err := containers.Delete(t.Context(), swift, "c").Err; !gophercloud.ResponseCodeIs(err, http.StatusConflict) {
		t.Errorf("deleting a container that is not empty: %v", err)
	}
	if err := objects.Delete(t.Context(), swift, "c", "a/b", nil).Err; err != nil {
		t.Error(err)
	}
	if n := len(f.spans.Ended()) - spans; n != 0 {
		t.Errorf("Swift left %d spans", n)
	}
}
