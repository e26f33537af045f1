package otelhttp

import (
	"net/url"
	"testing"
)

func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		"http://h/v1/AUTH_a/c/o?temp_url_sig=da39&temp_url_expires=1": "http://h/v1/AUTH_a/c/o?temp_url_sig=REDACTED&temp_url_expires=1",
		"http://h/?a=b&X-Amz-Signature=1&c":                           "http://h/?a=b&X-Amz-Signature=REDACTED&c",
		"http://h/?TOKEN":                                             "http://h/?TOKEN=REDACTED",
		"http://h/?to%6ben=1":                                         "http://h/?to%6ben=REDACTED",
		"http://u:p@h/a%2Fb?sig=1":                                    "http://h/a%2Fb?sig=REDACTED",
		"http://h/v2.0/tokens/abc/endpoints?x=y":                      "http://h/v2.0/tokens/REDACTED/endpoints?x=y",
		"http://h/v2.1/os-console-auth-tokens/abc":                    "http://h/v2.1/os-console-auth-tokens/REDACTED",
		"http://h/v3/auth/tokens":                                     "",
		"http://h/v2.1/servers/detail?name=token&limit=1":             "",
		"http://h/": "",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := redact(u); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v; want %q", raw, got, ok, want)
		}
	}
}
