// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// The program signs its requests, and its spans arrive at the back end.
func TestListServers(t *testing.T) {
	const secret = "SECRET_KEY"
	key, err := hmac.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cloud.Close() }()
	var exports atomic.Int32
	backEnd := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { exports.Add(1) }))
	defer backEnd.Close()
	auth := cloud.AuthOptions()
	for name, value := range map[string]string{
		"OS_AUTH_URL": auth.IdentityEndpoint, "OS_USERNAME": auth.Username, "OS_PASSWORD": auth.Password,
		"OS_PROJECT_NAME": auth.TenantName, "OS_DOMAIN_NAME": auth.DomainName,
		"OS_PROFILE": secret, "OTEL_EXPORTER_OTLP_ENDPOINT": backEnd.URL,
	} {
		t.Setenv(name, value)
	}
	if err := listServers(t.Context()); err != nil {
		t.Fatal(err)
	}
	requests := 0
	for _, r := range cloud.Requests() {
		if r.Caller != "" { // another service sent it
			continue
		}
		requests++
		if !r.Signed {
			t.Errorf("%+v is not signed", r)
		}
	}
	if requests < 2 || exports.Load() != 1 {
		t.Errorf("%d requests, %d exports", requests, exports.Load())
	}
}
