// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	otelpropagation "go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/sdk"
)

// serve starts a Go service that records only requests which are signed with
// one of the keys.
func serve(t *testing.T, handler http.Handler, keys string) (url string, spans *tracetest.SpanRecorder) {
	t.Helper()
	tracers, spans := newTracers(sdktrace.WithSampler(sdk.SignedSampler(sdktrace.NeverSample())))
	service := httptest.NewServer(otelhttp.NewHandler(handler, "service", otelhttp.WithTracerProvider(tracers),
		otelhttp.WithPropagators(otelpropagation.TraceContext{}), otelhttp.WithHMACKeys(mustKeys(t, keys)...)))
	t.Cleanup(service.Close)
	return service.URL, spans
}

// hangsUnder fails unless the span is recorded in the trace base_id, under the
// low half of parent_id, or as a root where that is the base_id.
func hangsUnder(t *testing.T, span sdktrace.ReadOnlySpan, baseID, parentID string) {
	t.Helper()
	if got := uuid(span.SpanContext().TraceID().String()); got != baseID || !span.SpanContext().IsSampled() {
		t.Errorf("%s: trace %s, sampled %v; want %s", span.Name(), got, span.SpanContext().IsSampled(), baseID)
	}
	got := span.Parent()
	if parentID == baseID {
		if got.HasSpanID() {
			t.Errorf("%s: parent %s, want none", span.Name(), got.SpanID())
		}
		return
	}
	if got.SpanID().String() != low(parentID) || !got.IsRemote() {
		t.Errorf("%s: parent %s, remote %v; want %s", span.Name(), got.SpanID(), got.IsRemote(), parentID)
	}
}

// The bridge in the other direction, and "Signed means sampled".
func TestPythonClientToGoService(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testPythonClientToGoService(t, digest) })
	}
}

func testPythonClientToGoService(t *testing.T, digest hmac.Digest) {
	t.Helper()
	url, spans := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(served))
	}), "current,previous key")
	for _, test := range []struct {
		name, key string
		points    []string
		traced    bool
	}{
		{"no point open", "current", nil, true},
		{"a point in a point", "current", []string{"command", "request"}, true},
		{"the other key", "previous key", []string{"command"}, true},
		{"a wrong key", "wrong", []string{"command"}, false},
		{"the whole option", "current,previous key", nil, false},
		{"no key", "", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			spans.Reset()
			c := runClient(t, digest, test.key, url, test.points...)
			if c.Status != http.StatusOK || c.Body != served {
				t.Errorf("answered %+v", c)
			}
			ended := spans.Ended()
			if !test.traced {
				if len(ended) != 0 {
					t.Errorf("recorded %s", ended[0].Name())
				}
				return
			}
			if len(ended) != 1 {
				t.Fatalf("%d spans", len(ended))
			}
			hangsUnder(t, ended[0], c.BaseID, c.ID)
			if root := c.ID == c.BaseID; root != (test.points == nil) || ended[0].SpanKind() != trace.SpanKindServer {
				t.Errorf("client %+v, span %v", c, ended[0].SpanKind())
			}
		})
	}
}

// keystone is the part of the identity service that "openstack token issue"
// needs.
func keystone() http.Handler {
	answer := func(status int, value func(r *http.Request) any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Subject-Token", "token-of-the-test")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(value(r))
		}
	}
	type object = map[string]any
	version := func(r *http.Request) any {
		return object{"version": object{"id": "v3.14", "status": "stable", "links": []object{{"rel": "self", "href": "http://" + r.Host + "/v3/"}}}}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v3", answer(http.StatusOK, version))
	mux.HandleFunc("GET /v3/{$}", answer(http.StatusOK, version))
	mux.HandleFunc("POST /v3/auth/tokens", answer(http.StatusCreated, func(r *http.Request) any {
		domain := object{"id": "default", "name": "Default"}
		return object{"token": object{
			"methods": []string{"password"}, "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2126-01-01T00:00:00.000000Z",
			"user": object{"id": "u", "name": "user", "domain": domain}, "project": object{"id": "p", "name": "project", "domain": domain},
			"roles": []object{{"id": "r", "name": "member"}},
			"catalog": []object{{"id": "i", "type": "identity", "name": "keystone", "endpoints": []object{
				{"id": "e", "interface": "public", "region": "one", "region_id": "one", "url": "http://" + r.Host + "/v3"},
			}}},
		}}
	}))
	return mux
}

var printedTraceID = regexp.MustCompile(`(?m)^Trace ID: (\S+)$`)

// With the command-line client itself, every request that it sends is a root of
// the trace whose id it prints, and no parent is missing.
func TestOpenStackCommandToGoService(t *testing.T) {
	for _, digest := range digests {
		t.Run(digest.String(), func(t *testing.T) { testOpenStackCommandToGoService(t, digest) })
	}
}

func testOpenStackCommandToGoService(t *testing.T, digest hmac.Digest) {
	t.Helper()
	url, spans := serve(t, keystone(), "other,SECRET_KEY")
	for _, test := range []struct {
		name, option, environment string
		traced                    bool
	}{
		{"--os-profile", "SECRET_KEY", "", true},
		{"OS_PROFILE", "", "SECRET_KEY", true},
		{"a wrong key", "WRONG_KEY", "", false},
		{"no key", "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			spans.Reset()
			args := []string{"/usr/bin/openstack", "--os-identity-api-version", "3", "--os-auth-url", url + "/v3", "--os-username", "user",
				"--os-password", "p", "--os-user-domain-id", "default", "--os-project-name", "project", "--os-project-domain-id", "default"}
			if test.option != "" {
				args = append(args, "--os-profile", test.option)
			}
			cmd := python(t, with(digest, append(args, "token", "issue", "-f", "value", "-c", "id")...)...)
			if test.environment != "" {
				cmd.Env = append(cmd.Env, "OS_PROFILE="+test.environment)
			}
			stdout, stderr := run(t, cmd)
			if strings.TrimSpace(stdout) != "token-of-the-test" {
				t.Errorf("the command printed %q", stdout)
			}
			ended := spans.Ended()
			if !test.traced {
				if len(ended) != 0 {
					t.Errorf("%d spans recorded", len(ended))
				}
				return
			}
			printed := printedTraceID.FindStringSubmatch(stderr)
			if printed == nil {
				t.Fatalf("no trace id in %q", stderr)
			}
			names, roots := map[string]bool{}, 0
			for _, span := range ended {
				names[span.Name()] = true
				hangsUnder(t, span, printed[1], printed[1])
				if !span.Parent().HasSpanID() {
					roots++
				}
			}
			if !names["GET /v3"] || !names["POST /v3/auth/tokens"] || roots != len(ended) {
				t.Errorf("spans %v, %d roots of %d", names, roots, len(ended))
			}
			var notifications []points.Notification
			for _, span := range ended {
				notifications = append(notifications, points.NotificationsFromSpan(span)...)
			}
			stored, err := points.NewTrace(printed[1], func(yield func(points.Notification, error) bool) {
				for _, n := range notifications {
					if !yield(n, nil) {
						return
					}
				}
			})
			if err != nil || len(stored.Points) != len(ended) {
				t.Errorf("%v; in a store %d of %d are roots", err, len(stored.Points), len(ended))
			}
			for _, span := range stored.Spans() {
				if span.Parent().IsValid() {
					t.Errorf("read from a store, %s has the parent %s", span.Name(), span.Parent().SpanID())
				}
			}
		})
	}
}
