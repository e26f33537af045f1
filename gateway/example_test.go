// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gateway"
	"github.com/ostrace/ostrace/hmac"
)

// A gateway in front of Nova traces each creation of a server, and one in a
// hundred of the other requests.
func ExampleNew() {
	nova := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, "signed:", r.Header.Get(hmac.HeaderHMAC) != "")
	}))
	defer nova.Close()
	address, err := url.Parse(nova.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := hmac.NewKey("SECRET_KEY") // one of the cloud's hmac_keys
	if err != nil {
		fmt.Println(err)
		return
	}
	provider := sdktrace.NewTracerProvider() // with an exporter, sdktrace.WithBatcher
	g, err := gateway.New(gateway.Policy{
		Share:             0.01,
		Rules:             []gateway.Rule{{Share: 1, Methods: []string{http.MethodPost}, Paths: []string{"/v2.1/servers"}}},
		PerMinute:         600,
		PerTokenPerMinute: 10,
	}, gateway.WithHMACKeys(key), gateway.WithTracerProvider(provider))
	if err != nil {
		fmt.Println(err)
		return
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(address) }}
	front := httptest.NewServer(g.Handler(proxy))
	defer front.Close()

	resp, err := http.Post(front.URL+"/v2.1/servers", "application/json", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	// Output: POST /v2.1/servers signed: true
}

// SetPolicy refuses an invalid policy, and the old policy stays in use.
func ExampleGateway_SetPolicy() {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := gateway.New(gateway.Policy{Share: 0.01}, gateway.WithHMACKeys(key))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(g.SetPolicy(gateway.Policy{Share: 1.5}))
	fmt.Println(g.SetPolicy(gateway.Policy{Share: 0.05}))
	// Output:
	// gateway: share is 1.5: it must be between 0 and 1, such as 0.01 for one request in a hundred
	// <nil>
}
