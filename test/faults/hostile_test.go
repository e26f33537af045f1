// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
)

// First, do no harm: hostile headers harm neither the program nor the export of
// its spans, for which one attribute that is not UTF-8 would cost the whole
// batch.
func TestHostileAnswers(t *testing.T) {
	var many []string
	for i := range 2_000 {
		many = append(many, fmt.Sprintf("X-Many-%d: %d", i, i), fmt.Sprintf("X-Openstack-Request-Id: req-%d", i))
	}
	for name, header := range map[string][]string{
		"the answer has 4,000 header lines":                 many,
		"the answer's request id has 1 MB":                  {"X-Openstack-Request-Id: req-" + strings.Repeat("a", 1<<20)},
		"the answer's request id of an older kind has 1 MB": {"X-Compute-Request-Id: " + strings.Repeat("a", 1<<20)},
		"the answer's request id is not UTF-8":              {"X-Openstack-Request-Id: req-\xff\xfe"},
		"the answer's API version has 1 MB":                 {"OpenStack-API-Version: compute " + strings.Repeat("9", 1<<20)},
		"the answer's API version is not UTF-8":             {"OpenStack-API-Version: compute \xff"},
		"the answer has tracing headers that are not UTF-8": {"X-Trace-Info: \xff", "X-Trace-HMAC: \xff", "Traceparent: \xff", "Tracestate: \xff"},
	} {
		for program := range programs {
			t.Run(name+"/"+program, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork(map[string]host{"cloud.example:80": always(response("200 OK", "{}", header...))})
					r := &request{method: http.MethodGet, url: thing, header: http.Header{"Openstack-Api-Version": {"compute latest"}}}
					library := compare(t, program, n, func() http.RoundTripper { return n.transport() }, r, background, []string{"200 Unset"})
					for _, span := range library.spans.Ended() {
						exportable(t, span)
					}
				})
			})
		}
	}
}

// exportable checks that a span can be exported.
func exportable(t *testing.T, span sdktrace.ReadOnlySpan) {
	t.Helper()
	texts := map[string]string{"name": span.Name(), "status": span.Status().Description}
	for _, kv := range span.Attributes() {
		if kv.Value.Type() == attribute.STRING {
			texts[string(kv.Key)] = kv.Value.AsString()
		}
	}
	for what, text := range texts {
		if !utf8.ValidString(text) || len(text) > hmac.MaxHeaderBytes {
			t.Errorf("%s has %d bytes, UTF-8: %v", what, len(text), utf8.ValidString(text))
		}
	}
}

// Only to the cloud: signed headers go only to the cloud, however similar the
// name of another host is, and whether the program goes there itself or is
// redirected.
func TestLookAlikes(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	for name, test := range map[string]struct{ address, arrives string }{
		"the cloud's own host":                                 {"http://cloud.example/v3/x", "cloud.example:80"},
		"the cloud's host with its port written out":           {"http://cloud.example:80/x", "cloud.example:80"},
		"the cloud's host in upper case":                       {"http://CLOUD.Example/x", "CLOUD.Example:80"},
		"the cloud's host with user and password":              {"http://user:password@cloud.example/x", "cloud.example:80"},
		"another port":                                         {"http://cloud.example:8080/x", "cloud.example:8080"},
		"cloud.example.evil.com":                               {"http://cloud.example.evil.com/x", "cloud.example.evil.com:80"},
		"evil-cloud.example":                                   {"http://evil-cloud.example/x", "evil-cloud.example:80"},
		"cloud.example@evil.com":                               {"http://cloud.example@evil.com/x", "evil.com:80"},
		"cloud.example:80@evil.com":                            {"http://cloud.example:80@evil.com/v3/x", "evil.com:80"},
		"another host with the cloud's address in its path":    {"http://evil.com/http://cloud.example/v3/x", "evil.com:80"},
		"another host with the cloud's in its query":           {"http://evil.com?@cloud.example/v3", "evil.com:80"},
		"another host with the cloud's in its fragment":        {"http://evil.com#@cloud.example/v3", "evil.com:80"},
		"the cloud's host with a dot at its end":               {"http://cloud.example./x", "cloud.example.:80"},
		"the cloud's host with a Cyrillic letter":              {"http://\u0441loud.example/x", "xn--loud-k6d.example:80"},
		"the cloud's host with a Cyrillic letter, as punycode": {"http://xn--loud-k6d.example/x", "xn--loud-k6d.example:80"},
		"the cloud's host with a letter of full width":         {"http://\uff43loud.example/x", "cloud.example:80"},
		"the cloud's host with an escaped dot":                 {"http://cloud%2Eexample/x", ""},
		"the cloud's host with NUL behind it":                  {"http://cloud.example%00.evil.com/x", ""},
		"an address whose zone is the cloud's host":            {"http://[fe80::1%25cloud.example]/x", "[fe80::1%cloud.example]:80"},
		"the cloud's host with a backslash behind it":          {"http://cloud.example\\@evil.com/x", ""},
		"the cloud's host and an escaped slash as user":        {"http://cloud.example%2F@evil.com/v3/things", "evil.com:80"},
	} {
		address, arrives := test.address, test.arrives
		for _, way := range []string{"the program is sent to", "the cloud redirects to"} {
			for program, send := range programs {
				t.Run(way+" "+name+"/"+program, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						n := newNetwork(map[string]host{"*": always(ok)})
						r := request{method: http.MethodGet, url: address}
						want := 1
						if way == "the cloud redirects to" {
							r.url = "http://cloud.example/start"
							n.hosts["cloud.example:80"] = func(_ int, r *http.Request) answer {
								if r.URL.Path == "/start" {
									return answer{text: response("302 Found", "", "Location: "+address)}
								}
								return answer{text: ok}
							}
							want = 2
						}
						library := newLibrary(t)
						without := send(t.Context(), n.transport(), nil, r)
						n.arrived()
						with := send(t.Context(), n.transport(), library, r)
						if with != without {
							t.Errorf("without the library:\n%+v\nwith:\n%+v", without, with)
						}
						seen := n.arrived()
						if arrives == "" {
							want--
						}
						if len(seen) != want || arrives != "" && seen[want-1].host != arrives {
							t.Fatalf("arrived: %v; the program saw %+v", seen, with)
						}
						for _, s := range seen {
							_, signed := s.signed(library.key)
							cloud := strings.EqualFold(s.host, "cloud.example:80")
							if signed && !cloud || !signed && address == "http://cloud.example/v3/x" {
								t.Errorf("%s is signed: %v", s, signed)
							}
							if !cloud && s.header.Get("X-Openstack-Request-Id") != "" {
								t.Errorf("%s has a global request id", s)
							}
						}
						library.ended(t)
					})
				})
			}
		}
	}
}

var globalID = regexp.MustCompile(`^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// First, do no harm: whatever comes in, the service's handler sees it, the
// caller gets its answer, and the service's own requests are the same as
// without the library, except for one good header of each kind ("One trace",
// "What came in goes out").
func TestHostileRequests(t *testing.T) {
	const (
		base  = "7b7e0d1c-6a5e-4f5c-9d0e-0c1c2b3a4f5e"
		point = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"
		zero  = "00000000-0000-0000-0000-000000000000"
	)
	key := newKey(t, "SECRET_KEY")
	signed := func(base, parent string) http.Header {
		info, mac := key.SignedPack(hmac.TraceInfo{BaseID: base, ParentID: parent})
		return http.Header{"X-Trace-Info": {info}, "X-Trace-Hmac": {mac}}
	}
	signedJSON := func(text string) http.Header { return sign("SECRET_KEY", text) }
	with := func(header http.Header, name string, values ...string) http.Header {
		header = header.Clone()
		header[name] = values
		return header
	}
	good := signed(base, point)
	cases := map[string]http.Header{
		"nothing":                                    {},
		"a good signature":                           good,
		"ids with line breaks":                       signed("a\r\nX-Evil: 1\r\n\r\nGET /evil", "b\nX-Evil: 1"),
		"ids with NUL":                               signed("a\x00b", "\x00"),
		"ids that are not ASCII":                     signed("\u0441\u2028\U0001f600", "\xff\xfe"),
		"UUIDs with a line break behind them":        signed(base+"\r\nX-Evil: 1", point+"\r\n"),
		"a trace id of zeros":                        signed(zero, point),
		"a span id of zeros":                         signed(base, zero),
		"ids of zeros":                               signed(zero, zero),
		"a UUID whose span id is of zeros":           signed(base, "1b2c3d4e-5f60-4718-0000-000000000000"),
		"ids that are as long as a header may be":    signed(strings.Repeat("a", 1400), strings.Repeat("b", 1400)),
		"JSON of 1,400 arrays in each other":         signedJSON(`{"base_id": ` + strings.Repeat("[", 1400) + strings.Repeat("]", 1400) + `}`),
		"JSON of 500 objects in each other":          signedJSON(`{"base_id": ` + strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500) + `}`),
		"JSON of 2,900 arrays that are never closed": signedJSON(`{"base_id": ` + strings.Repeat("[", 2900)),
		"JSON with an array of 1,401 numbers":        signedJSON(`{"base_id": [` + strings.Repeat("1,", 1400) + `1]}`),
		"JSON with 481 members":                      signedJSON(`{"base_id": "1"` + strings.Repeat(`,"a":1`, 480) + `}`),
		"JSON with a member 181 times":               signedJSON(`{"base_id": "1"` + strings.Repeat(`,"base_id": "2"`, 180) + `}`),
		"JSON with a number of 2,900 digits":         signedJSON(`{"base_id": 1e` + strings.Repeat("9", 2900) + `}`),
		"an id of 1 MB":                              signedJSON(`{"base_id": "` + strings.Repeat("a", 1<<20) + `"}`),
		"a request id with a line break":             with(good, "X-Openstack-Request-Id", "req-"+base+"\r\nX-Evil: 1"),
		"a request id that is not ASCII":             with(good, "X-Openstack-Request-Id", "req-\xff"),
		"a traceparent of zeros":                     {"Traceparent": {"00-" + strings.Repeat("0", 32) + "-" + strings.Repeat("0", 16) + "-01"}},
		"an invalid tracestate":                      {"Traceparent": {"00-" + strings.Repeat("1", 32) + "-" + strings.Repeat("1", 16) + "-01"}, "Tracestate": {"\xff=\r\n"}},
		"an invalid baggage of 64 kB":                with(good, "Baggage", "a=%0d%0aX-Evil:1,\xff=\xff,"+strings.Repeat("a", 1<<16)+"=1"),
	}
	for name, values := range map[string]string{
		"X-Trace-Info": good.Get("X-Trace-Info"), "X-Trace-Hmac": good.Get("X-Trace-Hmac"), "X-Openstack-Request-Id": "req-" + base,
		"Traceparent": "00-" + strings.Repeat("1", 32) + "-" + strings.Repeat("1", 16) + "-01", "Tracestate": "a=1", "Baggage": "a=1",
	} {
		cases[name+" twice"] = with(good, name, values, values)
	}
	for name, header := range cases {
		t.Run("a stranger sends "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(map[string]host{"cloud.example:80": always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")})
				library := newLibrary(t)
				library.key = key
				serve := func(handle func(http.Handler) http.Handler, transport http.RoundTripper) (answer string, sentOn []seen) {
					handler := handle(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Content-Type", "text/plain") // a ResponseRecorder would guess it
						for _, name := range slices.Sorted(maps.Keys(r.Header)) {
							fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
						}
						out, err := http.NewRequestWithContext(r.Context(), http.MethodGet, thing, nil)
						if err != nil {
							t.Fatal(err)
						}
						resp, err := (&http.Client{Transport: transport}).Do(out)
						if err != nil {
							t.Errorf("sent on: %v", err)
							return
						}
						defer resp.Body.Close()
						_, _ = io.Copy(w, resp.Body)
					}))
					r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
					r.Header = header.Clone()
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, r)
					w.Header().Del("X-Openstack-Request-Id")
					return fmt.Sprint(w.Code, w.Header(), w.Body), n.arrived()
				}
				without, sentWithout := serve(func(h http.Handler) http.Handler { return h }, n.transport())
				with, sentWith := serve(func(h http.Handler) http.Handler {
					return otelhttp.NewHandler(h, "service", otelhttp.WithTracerProvider(library.tracer), otelhttp.WithPropagators(w3c), otelhttp.WithHMACKeys(key))
				}, library.transport(n.transport()))
				if with != without {
					t.Errorf("without the library:\n%s\nwith:\n%s", without, with)
				}
				if fmt.Sprint(sentWith) != fmt.Sprint(sentWithout) || len(sentWith) != 1 {
					t.Fatalf("without the library was sent on:\n%v\nwith:\n%v", sentWithout, sentWith)
				}
				library.ended(t)
				out := sentWith[0].header
				for _, name := range tracing {
					if len(out[name]) > 1 || strings.ContainsAny(out.Get(name), "\r\n\x00") {
						t.Errorf("sent on: %s: %q", name, out[name])
					}
				}
				if id := out.Get("X-Openstack-Request-Id"); id != "" && !globalID.MatchString(id) {
					t.Errorf("sent on: request id %q", id)
				}
				info, ok := sentWith[0].signed(key)
				tooLong := slices.Contains([]string{"JSON of 1,400 arrays in each other", "JSON of 500 objects in each other", "JSON with an array of 1,401 numbers", "JSON with a number of 2,900 digits"}, name) // as both ids
				if ok == tooLong || len(out.Get("X-Trace-Info")) > hmac.MaxHeaderBytes {
					t.Errorf("signed: %v, with %d bytes", ok, len(out.Get("X-Trace-Info")))
				}
				spans := library.spans.Ended()
				client := spans[slices.IndexFunc(spans, func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "HTTP GET" })].SpanContext()
				if got, want := out.Get("Traceparent"), "00-"+client.TraceID().String()+"-"+client.SpanID().String()+"-01"; got != want {
					t.Errorf("sent on: traceparent %s, want %s", got, want)
				}
				incoming, _, err := hmac.Keys{key}.SignedUnpack(header.Get("X-Trace-Info"), header.Get("X-Trace-Hmac"))
				_, isUUID := propagation.TraceID(incoming.BaseID)
				_, isSpan := propagation.SpanID(incoming.ParentID)
				if bridged := err != nil || isUUID && isSpan; bridged && !tooLong && len(header["X-Trace-Info"]) < 2 && len(header["X-Trace-Hmac"]) < 2 {
					// One trace.
					if want := (hmac.TraceInfo{BaseID: propagation.BaseID(client.TraceID()), ParentID: propagation.ParentID(client.TraceID(), client.SpanID())}); info != want {
						t.Errorf("sent on: %+v, want %+v", info, want)
					}
				}
				for _, span := range spans {
					exportable(t, span)
				}
			})
		})
	}
}
