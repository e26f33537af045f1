// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/gateway"
	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/osprofile"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/sdk"
)

// secretText is a key that looks like no other text. It has 27 bytes, so that
// each of its base64 forms is found wherever it begins.
const secretText = "correct-horse-battery-key42"

// forms returns the texts in which the key, or a large part of it, could be
// shown.
func forms(secret string) map[string]string {
	inner := func(text string) string { return strings.Trim(text, "[]{}") }
	key := []byte(secret)
	all := map[string]string{
		"plain":          secret,
		"half":           secret[:len(secret)/2],
		"hex":            hex.EncodeToString(key),
		"list of bytes":  inner(fmt.Sprint(key)),
		"Go's byte list": strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", key), "[]byte{"), "}"),
		"JSON's list":    strings.ReplaceAll(inner(fmt.Sprint(key)), " ", ","),
	}
	for shift := range 3 { // wherever it stands in the encoded bytes
		text := base64.RawStdEncoding.EncodeToString(key[shift : shift+24])
		all[fmt.Sprint("base64, from byte ", shift)] = text
	}
	for name, pad := range map[string]byte{"inner pad": 0x36, "outer pad": 0x5c} { // HMAC's pads
		padded := make([]byte, len(key))
		for i, b := range key {
			padded[i] = b ^ pad
		}
		all[name] = inner(fmt.Sprint(padded))
		all[name+", hex"] = hex.EncodeToString(padded)
	}
	return all
}

// emitted collects everything that the library can emit.
type emitted struct {
	t     *testing.T
	out   bytes.Buffer
	types map[string]bool // the types of the values, and of the values to which they point
}

func (e *emitted) print(values ...any) {
	text := slog.New(slog.NewTextHandler(&e.out, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	lines := slog.New(slog.NewJSONHandler(&e.out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, value := range values {
		e.types[strings.TrimPrefix(fmt.Sprintf("%T", value), "*")] = true
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			fmt.Fprintf(&e.out, verb+"\n", value)
			if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && !v.IsNil() {
				fmt.Fprintf(&e.out, verb+"\n", v.Elem())
			}
		}
		text.Debug("text", "value", value)
		lines.Debug("JSON", "value", value)
		if data, err := json.Marshal(value); err == nil {
			e.out.Write(data)
		} else {
			fmt.Fprintf(&e.out, "%+v\n", err)
		}
	}
}

// check fails if it finds the key in any of its forms.
func (e *emitted) check() {
	e.t.Helper()
	shown := e.out.String()
	for form, text := range forms(secretText) {
		if i := strings.Index(strings.ToLower(shown), strings.ToLower(text)); i >= 0 {
			e.t.Errorf("the key shows, %s: …%s…", form, shown[max(0, i-200):min(len(shown), i+len(text)+20)])
		}
	}
}

// The key stays inside, whatever is printed, logged, recorded or returned.
func TestKeyStaysInside(t *testing.T) {
	e := &emitted{t: t, types: map[string]bool{}}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { e.print(err) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })

	// These values hold a key.
	key := newKey(t, secretText)
	keys, err := hmac.ParseKeys(secretText + ", " + secretText + "2")
	if err != nil {
		t.Fatal(err)
	}
	ring := hmac.NewKeyRing(key)
	t.Setenv("OS_PROFILE", secretText)
	t.Setenv(hmac.EnvEnabled, "true")
	t.Setenv(hmac.EnvHMACKeys, secretText)
	envKeys, err := hmac.KeysFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	envKey, err := hmac.KeyFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	fromEnv := otelhttp.WithHMACKeys(envKeys...)
	library := newLibrary(t)
	library.key = key
	profiler := propagation.Profiler{Key: key, Trace: hmac.TraceInfo{BaseID: "1", ParentID: "2"}}
	ctx := propagation.ContextWithProfiler(t.Context(), profiler)
	transport := library.transport(roundTripper(func(r *http.Request) (*http.Response, error) {
		e.print(r.Header)
		return nil, errors.New("of the program")
	}))
	provider, err := openstack.NewClient("http://cloud.example/v3")
	if err != nil {
		t.Fatal(err)
	}
	provider.HTTPClient.Transport = transport
	gophercloudtrace.Instrument(provider, gophercloudtrace.WithHMACKeys(key), gophercloudtrace.WithContext(ctx), gophercloudtrace.WithTracerProvider(library.tracer))
	handler := otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.print(r.Header, r.Context(), trace.SpanFromContext(r.Context()), propagation.ProfilerFromContext(r.Context()), otelhttp.LogAttrs(r.Context()))
		w.WriteHeader(http.StatusInternalServerError)
	}), "service", fromEnv, otelhttp.WithTracerProvider(library.tracer), otelhttp.WithPropagators(propagation.New(key)))
	e.print(key, &key, keys, &keys, ring, profiler.Trace, map[string]hmac.Key{"k": key}, []any{key}, profiler, &profiler, ctx,
		propagation.New(key), propagation.NewOSProfiler(key), propagation.FromKeyRing(ring), propagation.FromEnv(),
		hmac.SHA256, envKeys, envKey, fromEnv, otelhttp.WithHMACKeys(key), otelhttp.WithDigests(hmac.SHA256), otelhttp.WithKeyRing(ring), gophercloudtrace.WithHMACKeys(key), gophercloudtrace.WithContext(ctx),
		transport, provider.HTTPClient, handler, sdk.SignedSampler(nil))

	// Requests and spans may have the HMAC, but not the key.
	_, _ = (&http.Client{Transport: transport}).Do(must(http.NewRequestWithContext(ctx, http.MethodGet, thing, nil)))
	if _, err := provider.Request(ctx, http.MethodGet, thing, &gophercloud.RequestOpts{}); err != nil {
		e.print(err)
	}
	in := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	info, mac := key.SignedPack(profiler.Trace)
	in.Header.Set(hmac.HeaderInfo, info)
	in.Header.Set(hmac.HeaderHMAC, mac)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, in)
	e.print(w.Header(), info, mac)
	e.printGateway(key, in)

	// This is a command-line tool, with its key from each possible place.
	file := filepath.Join(t.TempDir(), "key")
	for _, given := range []string{secretText, secretText + ",b", " " + secretText, secretText + "\xff", secretText + "\n\n" + secretText} {
		if err := os.WriteFile(file, []byte(given), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, set := range []func(*osprofile.Profile) error{
			func(p *osprofile.Profile) error { return p.KeyFlag().Set(given) },
			func(p *osprofile.Profile) error { return p.FileFlag().Set(file) },
			func(*osprofile.Profile) error { t.Setenv("OS_PROFILE", given); return nil },
		} {
			var profile osprofile.Profile
			if err := set(&profile); err != nil {
				e.print(err)
			}
			ctx, run, err := profile.Start(t.Context(), "tool", osprofile.WithTracerProvider(library.tracer))
			e.print(profile, &profile, profile.KeyFlag(), profile.FileFlag(), ctx, run, err)
			run.End(err)
			if err := run.WriteClosing(&e.out); err != nil {
				t.Error(err)
			}
		}
	}

	// These keys can't be used, and are refused in each place.
	for _, bad := range []string{secretText + ",b", secretText + " ", "\t" + secretText, secretText + "\xff", secretText + "\x1f"} {
		_, err := hmac.NewKey(bad)
		_, listErr := hmac.ParseKeys("a," + bad)
		t.Setenv("OS_PROFILE", bad)
		t.Setenv(hmac.EnvHMACKeys, bad)
		_, envErr := hmac.KeysFromEnv()
		e.print(err, listErr, envErr, propagation.FromEnv())
	}
	t.Setenv(hmac.EnvHMACKeys, "\xff"+secretText)
	if _, err := hmac.KeysFromEnv(); err == nil {
		t.Error("a key that is not UTF-8 was accepted")
	} else {
		e.print(err)
	}

	// A panic has a value, and a stack with arguments.
	for _, bad := range []func(){
		func() { gophercloudtrace.Instrument(nil, gophercloudtrace.WithHMACKeys(key)) },
		func() { propagation.NewOSProfiler(key).Inject(t.Context(), nil) },
		func() { propagation.NewOSProfiler(key).Inject(ctx, nil) },
		func() { propagation.NewOSProfiler(key).Extract(ctx, nil) },
		func() { _, _ = transport.RoundTrip(nil) },
	} {
		func() {
			defer func() {
				if value := recover(); value != nil {
					e.print(value, string(debug.Stack()))
				}
			}()
			bad()
		}()
	}

	for _, span := range tracetest.SpanStubsFromReadOnlySpans(library.spans.Ended()) {
		e.print(span, span.Attributes, span.Events, span.Links, span.Status, span.Resource)
	}
	e.printPoints(library.spans.Ended())
	for _, text := range []string{"hmac.Key(hidden)", "unusable OSProfiler HMAC key", "X-Trace-Hmac", mac, "of the program", "nil pointer", "openstack.request_id", "Trace ID: "} {
		if !strings.Contains(e.out.String(), text) {
			t.Errorf("%q was not emitted: the test looks at too little", text)
		}
	}
	// Interfaces have no values of their own, and Filter, Trust and SpanExporterOption
	// are functions.
	none := []string{"gateway.Option", "gophercloudtrace.Option", "osprofile.Option", "osprofile.Value", "otelhttp.Option", "otelhttp.Filter", "otelhttp.Trust", "points.SpanExporterOption", "points.Store", "points.Writer"}
	for _, name := range exportedTypes(t) {
		if !e.types[name] && !slices.Contains(none, name) {
			t.Errorf("no %s was emitted: the test looks at too little", name)
		}
	}
	e.check()
}

// printGateway prints a gateway with a key, and what it makes of a request.
func (e *emitted) printGateway(key hmac.Key, r *http.Request) {
	e.t.Helper()
	policy := gateway.Policy{Rules: []gateway.Rule{{Share: 1, Methods: []string{http.MethodGet}}}}
	g, err := gateway.New(policy, gateway.WithHMACKeys(key))
	if err != nil {
		e.t.Fatal(err)
	}
	passed, decision := g.Decide(r)
	e.print(g, policy, policy.Rules[0], decision, gateway.DropTraceparent, gateway.WithHMACKeys(key), passed.URL,
		g.Handler(http.NotFoundHandler()), g.SetPolicy(gateway.Policy{Share: 2}))
}

// printPoints prints the spans' points, as they are stored.
func (e *emitted) printPoints(spans []sdktrace.ReadOnlySpan) {
	written := &pointsWritten{}
	live := points.NewLiveExporter(tracetest.NewInMemoryExporter())
	exporter := points.NewSpanExporter(written, points.WithLiveExporter(live, time.Minute))
	if err := errors.Join(live.ExportSpans(e.t.Context(), spans), exporter.ExportSpans(e.t.Context(), spans)); err != nil {
		e.t.Error(err)
	}
	stored, err := points.NewTrace("1", func(yield func(points.Notification, error) bool) {
		for _, n := range written.notifications {
			e.print(n, string(n.Payload))
			if !yield(n, nil) {
				return
			}
		}
	})
	if err != nil {
		e.t.Error(err)
	}
	for p := range stored.All() {
		e.print(*p)
	}
	e.print(live, exporter, *stored, stored.Defects, stored.Findings(), stored.Findings().Notes(), stored.Spans(), points.TraceSummary{BaseID: stored.BaseID}, points.ErrorTraces, points.Page{Cursor: []byte("1")})
	if err := stored.WriteReport(&e.out); err != nil {
		e.t.Error(err)
	}
}

// pointsWritten is a points.Writer.
type pointsWritten struct{ notifications []points.Notification }

func (w *pointsWritten) Write(_ context.Context, notifications []points.Notification) error {
	w.notifications = append(w.notifications, notifications...)
	return nil
}

// exportedTypes returns the types of the public packages that api/*.txt lists.
func exportedTypes(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../api/ostrace.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^pkg (\S+), type (\w+)[^,]*$`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, match[1]+"."+match[2])
	}
	if len(names) == 0 {
		t.Error("there are no exported types")
	}
	return names
}

// The test above finds a key in each form in which it could be shown: as text,
// in hex, in base64, as a list of bytes, or padded as in HMAC.
func TestFormsAreFound(t *testing.T) {
	for form, text := range forms(secretText) {
		var logged strings.Builder
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "bytes", []byte("a"+secretText), "text", secretText,
			"more", fmt.Sprintf("%x %v %#v", secretText, []byte(secretText), []byte(secretText)),
			"two", []byte("ab"+secretText), "list", strings.ReplaceAll(fmt.Sprint([]byte(secretText)), " ", ","), "three", []byte(secretText))
		if !strings.Contains(strings.ToLower(logged.String()), strings.ToLower(text)) && !strings.Contains(form, "pad") {
			t.Errorf("%s is not found in %s", form, logged.String())
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
