// SPDX-License-Identifier: Apache-2.0

package endpoint

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

const secret = "Tr0ub4dor"

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"trace.json":                                   "trace.json",
		"5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b":         "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b",
		"http://localhost:4318/v1/traces":              "http://localhost:4318/v1/traces",
		"http://[::1]":                                 "http://[::1]",
		"redis://user:Tr0ub4dor@host:6379/1":           "redis://***@host:6379/1",
		"redis://Tr0ub4dor@host":                       "redis://***@host",
		"redis://:x/Tr0ub4dor@host":                    "redis://***@host",
		"redis://:x@Tr0ub4dor@host":                    "redis://***@host",
		"redis:/:Tr0ub4dor@host":                       "***@host",
		"redis://host:Tr0ub4dor/1":                     "redis://host:***/1",
		"postgresql://host/db?password=Tr0ub4dor":      "postgresql://host/db?***",
		"postgresql://user@host/db?password=Tr0ub4dor": "postgresql://***@host/db?***",
		"http://host/?path=what&token=Tr0ub4dor#a":     "http://host/?***",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// The error about an address or a variable with a slip in it does not show the
// secret in it.
func TestSlipsShowNoSecret(t *testing.T) {
	text, err := os.ReadFile("../../store/testdata/slips.txt")
	if err != nil {
		t.Fatal(err)
	}
	for slip := range strings.Lines(string(text)) {
		slip = strings.TrimSuffix(slip, "\n")
		messages := []string{Redact(slip)}
		if err := CheckOTLP("--endpoint", slip); err != nil {
			messages = append(messages, err.Error())
		}
		t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", slip)
		if err := CheckOTLPEnvironment(); err == nil {
			t.Errorf("%s is an endpoint", slip)
		} else {
			messages = append(messages, err.Error())
		}
		for _, arg := range []string{slip, "--endpoint=" + slip, "-endpoint=" + slip} {
			messages = append(messages, RedactIn("unknown "+arg+" and "+strconv.Quote(arg), []string{"x", arg}))
		}
		for _, message := range messages {
			if strings.Contains(message, secret) {
				t.Errorf("%s: %s", slip, message)
			}
		}
	}
}

func TestOTLPHeaders(t *testing.T) {
	for headers, want := range map[string]string{
		"":                                       "",
		"Authorization=Bearer%20Tr0ub4dor":       "",
		"a=b, c=d=e ,":                           "",
		"Authorization: Bearer Tr0ub4dor":        "number 1 is not",
		"a=b,Bearer Tr0ub4dor":                   "number 2 is not",
		"a=b,Authorization Bearer=Tr0ub4dor":     "number 2 is not",
		"=Tr0ub4dor":                             "number 1 is not",
		"Authorization=Bearer Tr0ub4dor%":        "number 1 that is not followed by two hex digits",
		"Authorization=Bearer Tr0ub4dor\nx":      "control character",
		"Authorization=Bearer%0ATr0ub4dor":       "control character",
		"Authorization=Bearer Tr0ub4dor,%ZZTr0u": "number 2 is not",
	} {
		for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
			t.Setenv(name, headers)
			err := CheckOTLPEnvironment()
			t.Setenv(name, "")
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), name+" ")) {
				t.Errorf("%q: %v, want %q", headers, err, want)
			}
			if err != nil && strings.Contains(err.Error(), "Tr0u") {
				t.Errorf("%q: %v", headers, err)
			}
		}
	}
}
