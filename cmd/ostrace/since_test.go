// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m":        90 * time.Minute,
		"1.5h":       90 * time.Minute,
		"10ms":       10 * time.Millisecond,
		"1d":         24 * time.Hour,
		"2w":         14 * 24 * time.Hour,
		"1w2d3h":     9*24*time.Hour + 3*time.Hour,
		"0.5d":       12 * time.Hour,
		"1d90m":      24*time.Hour + 90*time.Minute,
		"15000w":     15000 * 7 * 24 * time.Hour,
		"":           0,
		"0":          0,
		"0d":         0,
		"1":          0,
		"d":          0,
		"-1h":        0,
		"-1d":        0,
		"1d-1h":      0,
		"1d1w":       0,
		"1 d":        0,
		" 1d":        0,
		"yesterday":  0,
		"20000w":     0,
		"1e999d":     0,
		"2026-11-28": 0,
	} {
		if got, err := parsePeriod(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"1d":                        "2026-11-27T12:00:00Z",
		"90m":                       "2026-11-28T10:30:00Z",
		"2026-11-20":                "2026-11-20T00:00:00Z",
		"2026-11-20T06:00":          "2026-11-20T06:00:00Z",
		"2026-11-20T06:00:01":       "2026-11-20T06:00:01Z",
		"2026-11-20T06:00:00+02:00": "2026-11-20T04:00:00Z",
		"2026-11-20T06:00:00.5Z":    "2026-11-20T06:00:00.5Z",
		"2026-11":                   "",
		"2026-13-01":                "",
		"06:00":                     "",
		"-1d":                       "",
		"":                          "",
	} {
		at, err := parseMoment(text, now)
		if got := at.UTC().Format(time.RFC3339Nano); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"90m", "1d12h", "2w", "0.1w", "-1d", "1d-1h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := parsePeriod(text); (err == nil) != (d > 0) {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	})
}
