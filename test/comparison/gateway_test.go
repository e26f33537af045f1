// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
)

// A client's proxy passes each request on to its own host, and about 1 % of them are
// signed.
func TestGatewayIsAProxy(t *testing.T) {
	var signed, all atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.Add(1)
		if r.Header.Get("X-Trace-HMAC") != "" && r.Header.Get("X-Trace-Info") != "" {
			signed.Add(1)
		}
		_, _ = io.WriteString(w, r.Host)
	}))
	t.Cleanup(service.Close)
	handler, err := newGateway()
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(handler)
	t.Cleanup(proxy.Close)
	where, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(where)}}
	t.Cleanup(client.CloseIdleConnections)
	const requests = 2000
	for range requests {
		resp, err := client.Get(service.URL + "/v2.1/servers")
		if err != nil {
			t.Fatal(err)
		}
		host, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || "http://"+string(host) != service.URL {
			t.Fatalf("host %s: %v", host, err)
		}
	}
	const expected = requests * gatewayShare
	if n := float64(signed.Load()); all.Load() != requests || math.Abs(n-expected) > 6*math.Sqrt(expected) {
		t.Errorf("%v of %d requests are signed", n, all.Load())
	}
}
