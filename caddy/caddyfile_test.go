// SPDX-License-Identifier: Apache-2.0

package caddy

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile" // the adapter
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// adapt returns the JSON of a Caddyfile, or the error that caddy adapt shows.
func adapt(t *testing.T, text string) ([]byte, error) {
	t.Helper()
	adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	for _, warning := range warnings {
		if !strings.Contains(warning.Message, "not formatted") {
			t.Errorf("warning: %s", warning)
		}
	}
	return adapted, err
}

func TestCaddyfile(t *testing.T) {
	adapted, err := adapt(t, `{
	ostrace {
		hmac_keys {file./etc/ostrace/hmac_keys}
		digests sha256 sha1
		share 0.5%
		per_minute 600
		per_token_per_minute 10
		request_ids req-5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b
		trusted_proxies 192.0.2.1 2001:db8::/32
		traceparent restart
		trace_response
		rule {
			share 100%
			method POST PUT
			path /v2.1/servers /v2.1/servers/*/action
			header X-Debug yes
			header Host nova*
		}
		rule {
			share 0%
			project p1 p2
			user u1
		}
	}
}
http://cloud.example:8774 {
	reverse_proxy 10.0.0.1:8774
	ostrace /v2.1/* "{http.request.method} nova"
}`)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Apps struct {
			Ostrace json.RawMessage
			HTTP    struct {
				Servers map[string]struct {
					Routes []struct {
						Handle []struct {
							Routes []struct {
								Handle []struct {
									Routes []struct {
										Handle []json.RawMessage
									}
								}
							}
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(adapted, &config); err != nil {
		t.Fatal(err)
	}
	const want = `{"hmac_keys":"{file./etc/ostrace/hmac_keys}","digests":["sha256","sha1"],"policy":{"share":0.005,"rules":[` +
		`{"share":1,"methods":["POST","PUT"],"paths":["/v2.1/servers","/v2.1/servers/*/action"],"headers":{"Host":"nova*","X-Debug":"yes"}},` +
		`{"projects":["p1","p2"],"users":["u1"]}],"per_minute":600,"per_token_per_minute":10,"request_ids":["req-5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"],` +
		`"trusted_proxies":["192.0.2.1/32","2001:db8::/32"]},"traceparent":"restart","trace_response":true}`
	if got := string(config.Apps.Ostrace); got != want {
		t.Errorf("the app is\n%s\nwant\n%s", got, want)
	}
	handler := strings.Index(string(adapted), `{"handler":"ostrace","span_name":"{http.request.method} nova"}`)
	if proxy := strings.Index(string(adapted), `"handler":"reverse_proxy"`); handler < 0 || handler > proxy {
		t.Errorf("the handler is not in front of reverse_proxy: %s", adapted)
	}
}

// Caddy reads the Caddyfiles in the documents. It reads the one with the mistake
// too, because it can't see that mistake.
func TestDocumentedCaddyfiles(t *testing.T) {
	files := map[string]int{"../docs/gateway.md": 2, "../test/gateway/Caddyfile": 1}
	for file, want := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		blocks := []string{string(text)}
		if strings.HasSuffix(file, ".md") {
			blocks = strings.Split(string(text), "\n```caddyfile\n")[1:]
		}
		for _, block := range blocks {
			block, _, _ = strings.Cut(block, "\n```\n")
			found++
			t.Setenv("GATEWAY_ADDRESS", "127.0.0.2")
			if adapted, err := adapt(t, block); err != nil || !strings.Contains(string(adapted), `"handler":"ostrace"`) {
				t.Errorf("%s: %v, adapted to %s:\n%s", file, err, adapted, block)
			}
		}
		if found != want {
			t.Errorf("%s has %d Caddyfiles", file, found)
		}
	}
}

// The error for a wrong Caddyfile says how to correct it, and does not show a key.
func TestCaddyfileRefuses(t *testing.T) {
	const keys = "hmac_keys {env.OSTRACE_TEST_KEYS}\n"
	t.Setenv("OSTRACE_TEST_KEYS", "SECRET_KEY")
	for name, test := range map[string]struct{ options, says string }{
		"no key":                     {"share 1%", "needs the cloud's hmac_keys"},
		"a key in the file":          {"hmac_keys SECRET_KEY", "must be one placeholder"},
		"a key by Caddyfile's own":   {"hmac_keys {$OSTRACE_TEST_KEYS}", "must be one placeholder"},
		"a key beside a placeholder": {"hmac_keys {env.OSTRACE_TEST_KEYS},SECRET_KEY", "must be one placeholder"},
		"two":                        {"hmac_keys {env.A} {env.B}", "must be one placeholder"},
		"a list with a space":        {"hmac_keys SECRET_KEY, SECRET_KEY", "must be one placeholder"},
		"no argument":                {"hmac_keys", "must be one placeholder"},
		"a share without a sign":     {keys + "share 1", "write it as a percentage"},
		"a share above all":          {keys + "share 101%", "write it as a percentage"},
		"a share that is no number":  {keys + "share NaN%", "write it as a percentage"},
		"no share":                   {keys + "share", "argument"},
		"a limit of nothing":         {keys + "per_minute 0", `per_minute is "0"`},
		"a limit that is no number":  {keys + "per_token_per_minute many", `per_token_per_minute is "many"`},
		"a limit that is too high":   {keys + "per_minute 1000000000", "must be between"},
		"a request id":               {keys + "request_ids 5c3f", "lower case"},
		"no request id":              {keys + "request_ids", "argument"},
		"no range":                   {keys + "trusted_proxies front.example", "front.example"},
		"a traceparent":              {keys + "traceparent yes", "drop, restart or trust"},
		"an unknown option":          {keys + "sample 1%", `no option "sample"`},
		"a rule without a share":     {keys + "rule {\npath /a\n}", "needs a share"},
		"a rule without a condition": {keys + "rule {\nshare 1%\n}", "no condition"},
		"a rule with a name":         {keys + "rule a {\nshare 1%\n}", "argument"},
		"a rule's unknown option":    {keys + "rule {\nshare 1%\nhost a\n}", `no option "host"`},
		"a header without a pattern": {keys + "rule {\nshare 1%\nheader A\n}", "argument"},
		"a method":                   {keys + "rule {\nshare 1%\nmethod get\n}", "upper case"},
		"a project without a front":  {keys + "rule {\nshare 1%\nproject p\n}", "trusted_proxies"},
		"a project as a header":      {keys + "rule {\nshare 1%\nheader X-Project-Id p\n}", "use projects or users"},
		"an argument too many":       {keys + "trace_response yes", "argument"},
		"a block of the directive":   {keys + "}\n}\nhttp://b {\nostrace {\nshare 1%\n}\n}\nhttp://c {\nlog {", "has no block"},
		"two names of the directive": {keys + "}\n}\nhttp://b {\nostrace a b\n}\nhttp://c {\nlog {", "argument"},
	} {
		_, err := adapt(t, "{\nostrace {\n"+test.options+"\n}\n}\nhttp://a {\nostrace\n}")
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET_KEY") {
			t.Errorf("%s: the key is in the error %v", name, err)
		}
	}
	if _, err := adapt(t, "{\nostrace {\n"+keys+"}\nostrace {\n"+keys+"}\n}\nhttp://a {\n}"); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("two global options: %v", err)
	}
}

// OpenTelemetry's exporter would log a variable that it can't read.
func TestExporterRefused(t *testing.T) {
	t.Setenv("OSTRACE_TEST_KEYS", "SECRET_KEY")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Bearer TOKEN")
	validate := func() error {
		var config caddy.Config
		if err := json.Unmarshal([]byte(`{"admin":{"disabled":true},"apps":{"ostrace":{"hmac_keys":"{env.OSTRACE_TEST_KEYS}"}}}`), &config); err != nil {
			t.Fatal(err)
		}
		return caddy.Validate(&config)
	}
	if err := validate(); err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_HEADERS") || strings.Contains(err.Error(), "TOKEN") {
		t.Errorf("got %v", err)
	}
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	if err := validate(); err != nil {
		t.Errorf("without an exporter: %v", err)
	}
}

// Some mistakes are found only when a configuration is loaded. They are refused then.
func TestConfigurationRefused(t *testing.T) {
	t.Setenv("OSTRACE_TEST_KEYS", " , ")
	for name, test := range map[string]struct{ config, says string }{
		"no app":            {`{"http":{"servers":{"a":{"listen":["127.0.0.1:0"],"routes":[{"handle":[{"handler":"ostrace"}]}]}}}}`, "global option ostrace"},
		"no key":            {`{"ostrace":{}}`, "hmac_keys is missing"},
		"a key":             {`{"ostrace":{"hmac_keys":"SECRET_KEY"}}`, "must be one placeholder"},
		"no file":           {`{"ostrace":{"hmac_keys":"{file./nowhere/at/all}"}}`, "{file./nowhere/at/all} is missing or empty"},
		"no variable":       {`{"ostrace":{"hmac_keys":"{env.OSTRACE_TEST_NOTHING}"}}`, "{env.OSTRACE_TEST_NOTHING} is missing or empty"},
		"an empty list":     {`{"ostrace":{"hmac_keys":"{env.OSTRACE_TEST_KEYS}"}}`, "{env.OSTRACE_TEST_KEYS}"},
		"a digest":          {`{"ostrace":{"hmac_keys":"{env.OSTRACE_TEST_KEYS}","digests":["md5"]}}`, "digests"},
		"a policy":          {`{"ostrace":{"hmac_keys":"{env.PATH}","policy":{"share":2}}}`, "share is 2"},
		"an unknown option": {`{"ostrace":{"hmac_keys":"{env.PATH}","sample":1}}`, "sample"},
		"a traceparent":     {`{"ostrace":{"hmac_keys":"{env.PATH}","traceparent":"yes"}}`, "drop, restart or trust"},
	} {
		var config caddy.Config
		if err := json.Unmarshal([]byte(`{"admin":{"disabled":true},"apps":`+test.config+`}`), &config); err != nil {
			t.Fatal(err)
		}
		err := caddy.Validate(&config)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "SECRET_KEY") && name != "a key" {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}
