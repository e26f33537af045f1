package otelhttp

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
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

// A RoundTripper that is built on another http.Client says in its error which
// URL it was. The span's status has it without its secrets, and the caller gets
// the same error as without the library.
func TestErrorsAreRecordedWithoutSecrets(t *testing.T) {
	for _, address := range []string{
		"http://cloud.example/v1/AUTH_a/c/o?temp_url_sig=da39a3ee&temp_url_expires=1",
		"http://cloud.example/v2.0/tokens/da39a3ee?x=y",
		"http://cloud.example/v2.1/servers?x=y",
	} {
		failure := &url.Error{Op: "Get", URL: address, Err: errors.New("no route to host")}
		provider, spans := recorder()
		transport := NewTransport(roundTripper(func(*http.Request) (*http.Response, error) { return nil, failure }), WithTracerProvider(provider))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transport.RoundTrip(r); err != failure { //nolint:errorlint // the very error
			t.Errorf("got %v", err)
		}
		span := spans.Ended()[0]
		status := span.Status().Description
		if strings.Contains(status, "da39a3ee") || !strings.HasSuffix(status, "no route to host") || !strings.Contains(status, "x=y") && !strings.Contains(status, "temp_url_expires=1") {
			t.Errorf("the status is %q", status)
		}
		if got := attributes(span)["error.type"].AsString(); got != "*url.Error" {
			t.Errorf("error.type is %q", got)
		}
	}
}
