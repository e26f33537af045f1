// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
)

// redactions has URLs with SECRET in them, and their forms in a span.
var redactions = map[string]string{
	// Paths.
	"http://h/v2.0/tokens/SECRET":                 "http://h/v2.0/tokens/REDACTED",
	"http://h/v2.0/tokens/SECRET/endpoints?x=y":   "http://h/v2.0/tokens/REDACTED/endpoints?x=y",
	"http://h/v2.0/tokens//SECRET":                "http://h/v2.0/tokens//REDACTED",
	"http://h/v2.0/tokens/.//./SECRET":            "http://h/v2.0/tokens/.//./REDACTED",
	"http://h/v2.0%2Ftokens%2FSECRET/x":           "http://h/v2.0%2Ftokens%2FREDACTED/x",
	"http://h/v2.0/tokens%2fSECRET":               "http://h/v2.0/tokens%2fREDACTED",
	"http://h/v2.0/%74okens/SECRET%2FSECRET":      "http://h/v2.0/%74okens/REDACTED",
	"http://h/v2.1/os-console-auth-tokens/SECRET": "http://h/v2.1/os-console-auth-tokens/REDACTED",
	"http://h/v2.0/tokens/SECRET&SECRET#x":        "http://h/v2.0/tokens/REDACTED#x",
	"http:cloud.example/v2.0/tokens/SECRET":       "http:cloud.example/v2.0/tokens/REDACTED", // opaque
	// Queries.
	"http://h/v1/AUTH_a/c/o?temp_url_sig=SECRET&temp_url_expires=1": "http://h/v1/AUTH_a/c/o?temp_url_sig=REDACTED&temp_url_expires=1",
	"http://h/?a=b&X-Amz-Signature=SECRET&c":                        "http://h/?a=b&X-Amz-Signature=REDACTED&c",
	"http://h/?X-Amz-Credential=SECRET":                             "http://h/?X-Amz-Credential=REDACTED",
	"http://h/?X-Amz-Security-Token=SECRET":                         "http://h/?X-Amz-Security-Token=REDACTED",
	"http://h/?X-Goog-Signature=SECRET":                             "http://h/?X-Goog-Signature=REDACTED",
	"http://h/?X-Goog-Credential=SECRET":                            "http://h/?X-Goog-Credential=REDACTED",
	"http://h/?AWSAccessKeyId=SECRET&Signature=SECRET":              "http://h/?AWSAccessKeyId=REDACTED&Signature=REDACTED",
	"http://h/?sig=SECRET":                                          "http://h/?sig=REDACTED",
	"http://h/?to%6ben=SECRET":                                      "http://h/?to%6ben=REDACTED",
	"http://h/a%2Fb?sig=SECRET":                                     "http://h/a%2Fb?sig=REDACTED",
	"http://h/?a=1;temp_url_sig=SECRET;b=SECRET&c=2":                "http://h/?a=1;temp_url_sig=REDACTED&c=2",
	"http://h/?token[]=SECRET":                                      "http://h/?token[]=REDACTED",
	"http://h/?token%5B%5D=SECRET":                                  "http://h/?token%5B%5D=REDACTED",
	"http://h/?user[password]=SECRET":                               "http://h/?user[password]=REDACTED",
	"http://h/?path=%3Ftoken%3DSECRET":                              "http://h/?path=%3Ftoken%3DREDACTED",
	"http://h/?path=%3Ftoken%3DSECRET%26x%3D1&y=2":                  "http://h/?path=%3Ftoken%3DREDACTED%26x%3D1&y=2",
	"http://h/?path=%3Ftoken%3DSECRET%2526SECRET%26x%3D1&y=2":       "http://h/?path=%3Ftoken%3DREDACTED%26x%3D1&y=2",
	"http://h/?AW%53AccessKeyId=SECRET&c%72edential=SECRET":         "http://h/?AW%53AccessKeyId=REDACTED&c%72edential=REDACTED",
	"http://h/?q=a%20code=SECRET":                                   "http://h/?q=a%20code=REDACTED",
	"http://h/?q=a%0Acode=SECRET":                                   "http://h/?q=a%0Acode=REDACTED",
	"http://h/?a=b&code=SECRET;code=SECRET":                         "http://h/?a=b&code=REDACTED",
	"http://h/?a=b;code=SECRET&c=d":                                 "http://h/?a=b;code=REDACTED&c=d",
	"http://h/#code=SECRET":                                         "http://h/#code=REDACTED",
	"http://h/?path=%253Ftoken%253DSECRET%2526x&y=2":                "http://h/?path=%253Ftoken%253DREDACTED%2526x&y=2",
	"http://h/?next=%2Fv2.0%2Ftokens%2FSECRET&y=2":                  "http://h/?next=%2Fv2.0%2Ftokens%2FREDACTED&y=2",
	"http://h/?token=SECRET%26SECRET&x=1":                           "http://h/?token=REDACTED&x=1",
	"http://h/?client_secret=SECRET":                                "http://h/?client_secret=REDACTED",
	"http://h/?refresh_token=SECRET":                                "http://h/?refresh_token=REDACTED",
	"http://h/?id_token=SECRET":                                     "http://h/?id_token=REDACTED",
	"http://h/?code=SECRET":                                         "http://h/?code=REDACTED",
	"http://h/?apikey=SECRET&api_key=SECRET":                        "http://h/?apikey=REDACTED&api_key=REDACTED",
	"http://h/?passwd=SECRET&password=SECRET":                       "http://h/?passwd=REDACTED&password=REDACTED",
	"http://h/?passcode=SECRET":                                     "http://h/?passcode=REDACTED",
	"http://h/?oauth_signature=SECRET&oauth_verifier=SECRET":        "http://h/?oauth_signature=REDACTED&oauth_verifier=REDACTED",
	"http://h/?client_assertion=SECRET":                             "http://h/?client_assertion=REDACTED",
	"http://h/?X-Subject-Token=SECRET&x_auth_token=SECRET":          "http://h/?X-Subject-Token=REDACTED&x_auth_token=REDACTED",
	"http://h/?application_credential_secret=SECRET":                "http://h/?application_credential_secret=REDACTED",
	"http://h/?accessToken=SECRET":                                  "http://h/?accessToken=REDACTED",
	"http://h/?token=SECRET=SECRET&%=%zz%2":                         "http://h/?token=REDACTED&%=%zz%2",
	// The rest.
	"http://h/#access_token=SECRET&expires_in=1":     "http://h/#access_token=REDACTED&expires_in=1",
	"http://h/?x=y#token=SECRET":                     "http://h/?x=y#token=REDACTED",
	"http://h/;token=SECRET":                         "http://h/;token=REDACTED",
	"http://h/?next=http%3A%2F%2Fu%3ASECRET%40h%2Fx": "http://h/?next=http%3A%2F%2FREDACTED%40h%2Fx",
	"http://h/?next=http://SECRET@h/x":               "http://h/?next=http://REDACTED@h/x",
}

func TestRedact(t *testing.T) {
	for url, want := range redactions {
		if got := redact(url, inURL); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
		quoted := `Get "` + url + `": dial tcp: no route`
		if got, want := redact(quoted, inText), `Get "`+want+`": dial tcp: no route`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, url := range []string{
		"", "/", "http://h/", "http://h/v3/auth/tokens", "http://h/v3/auth/tokens/", "http://h/v2.1/servers/detail?name=token&limit=1",
		"http://h/v2.1/servers?marker=a%2Fb&changes-since=2026-01-01T00:00:00Z", "http://h/tokens?x=y", "http://h/?token", "http://h/?token=&x=1",
		"http://h/?tokens=1&secretly=2&zip_code=3", "http://h/v1/AUTH_a/c/o@1", "http://h/100%", "http://h/%zz=1", "http://h/?q=a@b",
	} {
		if got := redact(url, inURL); got != url {
			t.Errorf("%s: got %s", url, got)
		}
	}
	if got, want := redact(`http://h/?token=SECRET"SECRET SECRET&x=1`, inURL), "http://h/?token=REDACTED&x=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// The name of a parameter begins after each of these characters.
	for _, before := range "?/&;#\"'(){},<> \t\n" {
		text := "x" + string(before) + "code=SECRET"
		if got, want := redact(text, inText), "x"+string(before)+"code=REDACTED"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// A secret in a text ends at white space and at a quotation mark.
	for _, end := range []string{"", " x", "\nx", "\tx", "\"x"} {
		for _, secret := range []string{"SECRET", "SECRET%20SECRET", `SECRET\"SECRET`} {
			if got, want := redact("token="+secret+end, inText), "token=REDACTED"+end; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	// Texts that end early.
	for text, want := range map[string]string{
		"%74okens/SECRET": "%74okens/REDACTED", "/%74okens/SECRET": "/%74okens/REDACTED", "a=b&token=SECRET": "a=b&token=REDACTED", "a@b http://SECRET@h": "a@b http://REDACTED@h",
		"/v2.0/tokens/.": "/v2.0/tokens/REDACTED", "/v2.0/tokens/./": "/v2.0/tokens/./", "/v2.0/tokens/SECRET%": "/v2.0/tokens/REDACTED",
		"http://u:SECRET@h": "http://REDACTED@h", "http://SECRET@": "http://REDACTED@", "http://u%40h": "http://REDACTED%40h", "http://@": "http://@",
		"token=": "token=", "=": "=", "%": "%", "%2": "%2", "%25": "%25", "@": "@",
	} {
		for _, form := range []form{inURL, inPath, inText} {
			if got := redact(text, form); got != want {
				t.Errorf("%s, in form %d: got %s, want %s", text, form, got, want)
			}
		}
	}
	const text = `Post "http://u:***@h/": stopped after 10 redirects; token of u@h`
	if got, want := redact(text, inText), `Post "http://REDACTED@h/": stopped after 10 redirects; token of u@h`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The key stays inside, and so does every other secret in a URL, an error or a
// panic that a span records.
func TestSpansHaveNoSecrets(t *testing.T) {
	for address, want := range redactions {
		u, err := url.Parse(address)
		if err != nil { // only a RoundTripper that is not net/http's can get such a URL
			u = &url.URL{Scheme: "http", Host: "h", Path: "/", RawQuery: address[len("http://h/?"):]}
		}
		failure := &url.Error{Op: "Get", URL: address, Err: errors.New("no route to host")}
		provider, spans := recorder()
		transport := NewTransport(roundTripper(func(*http.Request) (*http.Response, error) { return nil, failure }), WithTracerProvider(provider))
		if _, err := transport.RoundTrip((&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}).WithContext(t.Context())); err != failure { //nolint:errorlint // the same error, and not one that wraps it
			t.Errorf("%s: got %v", address, err)
		}
		span := spans.Ended()[0]
		found := attributes(span)
		if got, want := span.Status().Description, `Get "`+want+`": no route to host`; got != want {
			t.Errorf("the status is %s, want %s", got, want)
		}
		if got := found["url.full"].AsString(); strings.Contains(got, "SECRET") || !strings.Contains(got, redacted) {
			t.Errorf("url.full is %s", got)
		}
		if got := found["error.type"].AsString(); got != "*url.Error" {
			t.Errorf("error.type is %s", got)
		}

		provider, spans = recorder()
		handler := NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL != u {
				t.Errorf("the handler sees %s", r.URL)
			}
			panic(failure)
		}), "service", WithTracerProvider(provider))
		func() {
			defer func() {
				if got := recover(); got != failure {
					t.Errorf("recovered %v", got)
				}
			}()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.URL = u
			handler.ServeHTTP(httptest.NewRecorder(), r)
		}()
		span = spans.Ended()[0]
		path := attributes(span)["url.path"].AsString()
		if strings.Contains(path, "SECRET") || strings.Contains(u.Path, "SECRET") != strings.Contains(path, redacted) {
			t.Errorf("url.path of %s is %s", address, path)
		}
		if events := span.Events(); len(events) != 1 || events[0].Name != "exception" || events[0].Attributes[0].Value.AsString() != "*url.Error" || events[0].Attributes[1].Value.AsString() != `Get "`+want+`": no route to host` {
			t.Errorf("events %+v", events)
		}
	}
}

// The error of a RoundTripper's body is recorded without secrets, too.
func TestErrorsOfBodiesHaveNoSecrets(t *testing.T) {
	failure := errors.New(`Get "http://h/?token=SECRET": unexpected EOF`)
	provider, spans := recorder()
	transport := NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: brokenBody{failure}, Request: r}, nil
	}), WithTracerProvider(provider))
	resp, err := (&http.Client{Transport: transport}).Get("http://h/") //nolint:noctx // not what is tested
	if err != nil {
		t.Fatal(err)
	}
	if _, err := resp.Body.Read(make([]byte, 1)); err != failure { //nolint:errorlint // the same error, and not one that wraps it
		t.Errorf("got %v", err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := spans.Ended()[0].Status().Description, `Get "http://h/?token=REDACTED": unexpected EOF`; got != want {
		t.Errorf("the status is %s, want %s", got, want)
	}
}

type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }
func (brokenBody) Close() error               { return nil }

// told collects the errors that OpenTelemetry's error handler gets.
func told(t *testing.T) *[]string {
	t.Helper()
	all := new([]string)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { *all = append(*all, err.Error()) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	return all
}
