// SPDX-License-Identifier: Apache-2.0

package osprofile

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ostrace/ostrace/hmac"
)

// The key stays inside, wherever it came from and whatever is printed.
func TestKeyNeverShows(t *testing.T) {
	usable, unusable := testSecret, testSecret+",b"
	sampled, exporter := newSDK()
	dropped, _ := newSDK(sdktrace.WithSampler(sdktrace.NeverSample()))
	var out bytes.Buffer
	for _, secret := range []string{usable, unusable} {
		for source, set := range map[string]func(*Profile){
			"flag":           func(p *Profile) { _ = p.KeyFlag().Set(secret) },
			"file":           func(p *Profile) { _ = p.FileFlag().Set(writeFile(t, secret+"\n")) },
			"standard input": func(p *Profile) { setStdin(t, secret); _ = p.FileFlag().Set("-") },
			"environment":    func(*Profile) { t.Setenv(hmac.EnvKey, secret) },
		} {
			for _, provider := range []trace.TracerProvider{sampled, dropped, noop.NewTracerProvider()} {
				t.Setenv(hmac.EnvKey, "")
				var profile Profile
				flags := newFlagSet(&profile, &out)
				set(&profile)
				flags.Usage()
				ctx, run, err := profile.Start(t.Context(), "mytool", WithTracerProvider(provider))
				if (err == nil) != (secret == usable) {
					t.Fatalf("%s: %v", source, err)
				}
				printEverything(t, &out, profile, &profile, profile.KeyFlag(), profile.FileFlag(), ctx, run, err)
				run.End(fmt.Errorf("the error of the package: %w", err))
				if err := run.WriteClosing(&out); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	printEverything(t, &out, exporter.GetSpans())

	shown := strings.ToLower(out.String())
	for _, text := range []string{"trace id: ", "no trace was recorded", "the error of the package", "unusable osprofiler hmac key", "(hidden)"} {
		if !strings.Contains(shown, text) {
			t.Errorf("%q was not printed", text)
		}
	}
	for _, form := range []string{testSecret, hex.EncodeToString([]byte(testSecret)), strings.Trim(fmt.Sprint([]byte(testSecret)), "[]")} {
		if strings.Contains(shown, form) {
			t.Errorf("the key shows as %q", form)
		}
	}
}

func printEverything(t *testing.T, out *bytes.Buffer, values ...any) {
	t.Helper()
	text, jsonLog := slog.New(slog.NewTextHandler(out, nil)), slog.New(slog.NewJSONHandler(out, nil))
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(out, verb+"\n", value)
		}
		text.Info("text", "value", value)
		jsonLog.Info("json", "value", value)
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
	}
}
