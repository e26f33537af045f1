// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/diff"
)

// A statement that takes 20 ms instead of 1 ms.
const (
	slowerLine = "nova-osapi_compute: SELECT instances takes 20.0 ms, before 1.00 ms (40 calls a\ntrace; it costs 760 ms)\n"
	fasterLine = "nova-osapi_compute: SELECT instances takes 1.00 ms, before 20.0 ms (40 calls a\ntrace; it saves 760 ms)\n"
)

func TestDiff(t *testing.T) {
	server := miniredis.RunT(t)
	t.Setenv(connectionStringVariable, "redis://"+server.Addr())
	const before, after = "5c3f0f9e-8a55-4a0e-9f0e-000000000001", "5c3f0f9e-8a55-4a0e-9f0e-000000000002"
	now := time.Now()
	storedServer(t, server, before, now.Add(-30*time.Hour), listing(5, 1))
	storedServer(t, server, after, now.Add(-time.Hour), listing(5, 20))
	file := write(t, must(t, "show", "--json", before))
	for name, args := range map[string][]string{
		"ids":         {before, after},
		"file and id": {file, after},
		"lists":       {before + "," + file, after + "," + after},
		"windows":     {"--before", "2d..1d", "--after", "1d.."},
	} {
		if got := must(t, append([]string{"diff"}, args...)...); !strings.HasPrefix(got, slowerLine) {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
	if got := must(t, "diff", after, before); !strings.HasPrefix(got, fasterLine) {
		t.Errorf("in the other direction: got\n%s", got)
	}
	if got := must(t, "diff", before, file); !strings.HasPrefix(got, diff.Nothing) {
		t.Errorf("without a change: got\n%s", got)
	}
	var report diff.Report
	if err := json.Unmarshal([]byte(must(t, "diff", "--json", before, after)), &report); err != nil || len(report.Causes) != 1 || report.Causes[0].Change != diff.Slower || len(report.Places) != 2 {
		t.Errorf("%v: %+v", err, report)
	}
	page := filepath.Join(t.TempDir(), "diff.html")
	must(t, "diff", "--html", "-o", page, before, after)
	for _, want := range []string{"<!DOCTYPE html>", "SELECT instances takes 20.0 ms, before 1.00 ms", "<svg"} {
		if !strings.Contains(read(t, page), want) {
			t.Errorf("no %q in the page", want)
		}
	}
}

func TestDiffRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"what is compared with what?":              {"diff"},
		"give two traces":                          {"diff", imageShowFile},
		"give either them, or two traces":          {"diff", imageShowFile, imageShowFile, "--before", "2d..1d", "--after", "1d.."},
		"is not a span of time":                    {"diff", "--before", "2d", "--after", "1d.."},
		"ends before it begins":                    {"diff", "--before", "1d..2d", "--after", "1d.."},
		"or a time in UTC":                         {"diff", "--before", "x..1d", "--after", "1d.."},
		"if any flags in the group [before after]": {"diff", "--before", "2d..1d"},
		"--color must be":                          {"diff", imageShowFile, imageShowFile, "--color", "red"},
		"if any flags in the group [html json]":    {"diff", imageShowFile, imageShowFile, "--html", "--json"},
	} {
		if stdout, stderr, status := call(t, args...); status != exitFailure || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	if _, stderr, status := call(t, "diff", "--before", "2d..1d", "--after", "1d..", "--connection-string", "redis://"+miniredis.RunT(t).Addr()); status != exitNotFound || !strings.Contains(stderr, "no traces before") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func TestParseWindow(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for text, want := range map[string]window{
		"2d..1d":                       {at("2026-11-18T12:00:00Z"), at("2026-11-19T12:00:00Z")},
		"90m..":                        {from: at("2026-11-20T10:30:00Z")},
		"..1d":                         {to: at("2026-11-19T12:00:00Z")},
		"2026-11-18..2026-11-19T06:30": {at("2026-11-18T00:00:00Z"), at("2026-11-19T06:30:00Z")},
		"2026-11-18T00:00:05..2026-11-18T02:00:00+01:00": {at("2026-11-18T00:00:05Z"), at("2026-11-18T01:00:00Z")},
	} {
		if got, err := parseWindow(text, now); err != nil || !got.from.Equal(want.from) || !got.to.Equal(want.to) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	w := window{at("2026-11-18T00:00:00Z"), at("2026-11-19T00:00:00Z")}
	for text, want := range map[string]bool{
		"2026-11-17T23:59:59Z": false, "2026-11-18T00:00:00Z": true, "2026-11-18T23:59:59Z": true, "2026-11-19T00:00:00Z": false,
	} {
		if w.has(at(text)) != want {
			t.Errorf("%s is in %v: %t", text, w, !want)
		}
	}
	if w.has(time.Time{}) || (window{}).has(time.Time{}) {
		t.Error("an unknown time is in a window")
	}
}
