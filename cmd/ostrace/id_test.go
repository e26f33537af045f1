// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestWholeID(t *testing.T) {
	const trace = "5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b"
	for text, want := range map[string]string{
		"5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b":                                  trace,
		"5C3F0F9E-8A55-4A0E-9F0E-0F8A3C1D2E4B":                                  trace,
		trace:                                                                   trace,
		"{5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b}":                                trace, // as Python takes it
		"req-5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b":                              trace,
		"00-" + trace + "-00f067aa0ba902b7-01":                                  trace,
		"00-" + strings.ToUpper(trace) + "-00F067AA0BA902B7-01":                 trace,
		"01-" + trace + "-00f067aa0ba902b7-01-what-a-later-version-adds":        trace,
		"TraceParent: 00-" + trace + "-00f067aa0ba902b7-00":                     trace,
		"traceresponse:00-" + trace + "-00f067aa0ba902b7-00":                    trace,
		"00-" + trace + "-00f067aa0ba902b7":                                     "",
		"00-" + trace + "-00f067aa0ba902b7-0g":                                  "",
		"00-" + trace + "-00f067aa0ba902b7-011":                                 "",
		"00-" + trace[1:] + "-00f067aa0ba902b7-01":                              "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01":               "",
		"x00-" + trace + "-00f067aa0ba902b7-01":                                 "",
		"req-5c3f0f9e":                                                          "",
		"req-req-5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b":                          "",
		"9f0e0f8a3c1d2e4b":                                                      "",
		"5c3f0f9e":                                                              "",
		"":                                                                      "",
		"trace.json":                                                            "",
		"tracestate: 00-5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b-00f067aa0ba902b7-01":   "",
		"00000000-0000-0000-0000-000000000000":                                  "",
		"req-00-5c3f0f9e8a554a0e9f0e0f8a3c1d2e4b-00f067aa0ba902b7-01-and-more-": "",
	} {
		id, ok := wholeID(text)
		if got := id.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s, %t; want %q", text, got, ok, want)
		}
	}
}

func TestSpelling(t *testing.T) {
	const id = "5c3f0f9e-8a55-4a0e-000e-0f8a3c1d2e4b"
	for text, want := range map[string]string{
		"":                 id,
		"5":                id,
		"5C3F0F9E-8A":      id,
		"5c3f0f9e8":        "5c3f0f9e8a554a0e000e0f8a3c1d2e4b",
		"req-5c":           "req-" + id,
		"re":               "req-" + id,
		"e0f8a3c1d2e4b":    "e0f8a3c1d2e4b", // the short id
		"000e0f8a3c1d2e4b": "000e0f8a3c1d2e4b",
		"E0F8A3C1D2E4B":    "E0F8A3C1D2E4B",
		"e0f8a3c1d2e4":     "", // a part of it
		"0e0f8a3c1d2e4b":   "",
		"8a55":             "",
		id + "0":           "",
		"5c3f0f9e 8":       "",
	} {
		if got := spelling(id, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := spelling("my-own-id", "MY-"); got != "my-own-id" {
		t.Errorf("an id that is not a UUID: %q", got)
	}
}

// A text never names a trace whose id does not begin with it, except by the
// short id.
func FuzzSpelling(f *testing.F) {
	f.Add("5c3f0f9e-8a55-4a0e-000e-0f8a3c1d2e4b", "5c3f")
	f.Add("my-own-id", "")
	f.Add("K", "\u212a") // the sign of Kelvin, which is equal to a k in upper case
	f.Fuzz(func(t *testing.T, id, text string) {
		_, _ = wholeID(text)
		if got := spelling(id, text); got != "" && !strings.EqualFold(got[:min(len(text), len(got))], text) {
			t.Errorf("%q names %q as %q", text, id, got)
		}
	})
}
