// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httputil"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gateway"
	"github.com/ostrace/ostrace/hmac"
)

// gatewayShare is the share of the requests that the gateway chooses.
const gatewayShare = 0.01

// newGateway returns a gateway as an HTTP proxy, so that it needs neither another
// catalog nor other addresses: Go's clients and Python's send it each request with
// the whole URL. It passes a request on to the host that the URL names.
func newGateway() (http.Handler, error) {
	key, err := hmac.NewKey(secretKey)
	if err != nil {
		return nil, err
	}
	g, err := gateway.New(gateway.Policy{Share: gatewayShare}, gateway.WithHMACKeys(key),
		gateway.WithTracerProvider(sdktrace.NewTracerProvider()))
	if err != nil {
		return nil, err
	}
	return g.Handler(&httputil.ReverseProxy{
		Rewrite:   func(*httputil.ProxyRequest) {}, // the URL is right already
		Transport: http.DefaultTransport,
	}), nil
}
