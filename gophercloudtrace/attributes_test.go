// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/gophercloud/gophercloud/v2/openstack/objectstorage/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/objectstorage/v1/objects"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

func TestSpans(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t)
	nova := compute(t, provider)
	for _, test := range []struct {
		microversion, path, name string
		status                   int
		want                     map[attribute.Key]any
	}{
		{"", "/flavors/42", "GET /v2.1/flavors/{id}", 200, map[attribute.Key]any{MicroversionKey: nil}},
		{"2.79", "/flavors?limit=1", "GET /v2.1/flavors", 200, map[attribute.Key]any{MicroversionKey: "2.79"}},
		{"latest", "/flavors/detail", "GET /v2.1/flavors/detail", 200, map[attribute.Key]any{MicroversionKey: "2.96"}},
		{"2.999", "/flavors", "GET /v2.1/flavors", 406, map[attribute.Key]any{MicroversionKey: "2.999"}},
		{"", "/servers/5c3f8a80-16cd-43dd-8448-eb211c80319c", "GET /v2.1/servers/{id}", 404, nil},
	} {
		nova.Microversion = test.microversion
		address := cloud.Endpoint("compute") + test.path
		_, spans := p.under(t, func(ctx context.Context) {
			if _, err := nova.Get(ctx, address, nil, &gophercloud.RequestOpts{OkCodes: []int{test.status}}); err != nil {
				t.Fatal(err)
			}
		})
		arrived := from(cloud)
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		want := map[attribute.Key]any{
			"http.request.method": "GET", "http.response.status_code": int64(test.status), "http.request.resend_count": nil,
			"url.full": address, "url.template": strings.TrimPrefix(test.name, "GET "), "server.address": u.Hostname(),
			ServiceTypeKey: "compute", RegionKey: "RegionOne", RequestIDKey: arrived[len(arrived)-1].ID,
		}
		maps.Copy(want, test.want)
		span := spans[0]
		if span.Name() != test.name || span.SpanKind() != trace.SpanKindClient {
			t.Errorf("%s: the span is called %q, of kind %v", test.path, span.Name(), span.SpanKind())
		}
		found := attributes(span)
		for k, v := range want {
			if got := found[k].AsInterface(); got != v {
				t.Errorf("%s: %s is %v, want %v", test.path, k, got, v)
			}
		}
	}
}

// Services had their own headers before OpenStack-API-Version and
// X-Openstack-Request-Id.
func TestHeadersOfServices(t *testing.T) {
	longest := strings.Repeat("1", 255)
	for _, test := range []struct {
		header, value, microversion, requestID string
	}{
		{"OpenStack-API-Version", "compute 2.79", "2.79", ""},
		{"OpenStack-API-Version", "nonsense", "", ""},
		{"X-OpenStack-Nova-API-Version", "2.1", "2.1", ""},
		{"X-OpenStack-Ironic-API-Version", "1.78", "1.78", ""},
		{"X-OpenStack-Manila-API-Version", "2.65", "2.65", ""},
		{"X-OpenStack-Request-ID", "req-1", "", "req-1"},
		{"X-Compute-Request-Id", "req-2", "", "req-2"},
		{"Server", "Apache", "", ""},
		// A value that is too long, or not UTF-8, is not recorded.
		{"OpenStack-API-Version", "compute " + longest, longest, ""},
		{"OpenStack-API-Version", "compute 1" + longest, "", ""},
		{"OpenStack-API-Version", "compute \xff", "", ""},
		{"X-OpenStack-Nova-API-Version", longest, longest, ""},
		{"X-OpenStack-Nova-API-Version", longest + "1", "", ""},
		{"X-OpenStack-Request-ID", longest, "", longest},
		{"X-OpenStack-Request-ID", longest + "1", "", ""},
		{"X-OpenStack-Request-ID", "req-\xff", "", ""},
	} {
		header := http.Header{}
		header.Set(test.header, test.value)
		if got := microversionUsed(header); got != test.microversion {
			t.Errorf("%s: %s: microversion %q", test.header, test.value, got)
		}
		if got := requestID(header); got != test.requestID {
			t.Errorf("%s: %s: request id %q", test.header, test.value, got)
		}
	}
}

// No span has a token, a password, a body or the signature of a URL, whether a
// request succeeds or fails.
func TestSpansHaveNoSecrets(t *testing.T) {
	p := newProgram(t)
	cloud, provider := p.connect(t)
	first := provider.Token()
	swift, err := openstack.NewObjectStorageV1(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	if err != nil {
		t.Fatal(err)
	}
	identity, err := openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{})
	if err != nil {
		t.Fatal(err)
	}
	p.under(t, func(ctx context.Context) {
		if err := containers.Create(ctx, swift, "c", nil).Err; err != nil {
			t.Fatal(err)
		}
		if err := objects.Create(ctx, swift, "c", "o", objects.CreateOpts{Content: strings.NewReader("secret content")}).Err; err != nil {
			t.Fatal(err)
		}
		download := objects.Download(ctx, swift, "c", "o", nil)
		if _, err := download.ExtractContent(); err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Get(ctx, identity, first).Extract(); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{
			swift.ServiceURL("c", "o") + "?temp_url_sig=secret&temp_url_expires=1",
			swift.ServiceURL("c", "missing") + "?temp_url_sig=secret",
			swift.ServiceURL("c", "o") + "?X-Amz-Credential=secret&X-Amz-Signature=secret",
			cloud.AuthURL() + "/tokens/secret",
			"http://user:secret@127.0.0.1:1/?token=secret",
			"http://127.0.0.1:1/v2.1/os-console-auth-tokens/secret?signature=secret",
		} {
			_, _ = provider.Request(ctx, http.MethodGet, address, &gophercloud.RequestOpts{})
		}
		cloud.RevokeTokens()
		if _, err := tokens.Get(ctx, identity, first).Extract(); err == nil {
			t.Error("a revoked token is valid")
		}
		wrong := cloud.AuthOptions()
		wrong.Password = "secret password"
		if err := openstack.Authenticate(ctx, provider, wrong); err == nil {
			t.Error("a wrong password is good")
		}
	})
	for _, span := range tracetest.SpanStubsFromReadOnlySpans(p.spans.Ended()) {
		text, err := json.Marshal(span)
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Sprintf("%s %+v", text, span)
		for _, secret := range []string{"secret", "SECRET_KEY", first, provider.Token(), "simulated", "X-Trace"} {
			if secret != "" && strings.Contains(all, secret) {
				t.Errorf("%q is in %s", secret, all)
			}
		}
	}
}
