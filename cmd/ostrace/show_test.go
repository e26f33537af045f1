// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The trace is the same, whichever of its names is given.
func TestShowNames(t *testing.T) {
	connectionString, _ := redis(t)
	want := read(t, imageShowFile)
	for name, args := range map[string][]string{
		"base_id":               {imageShow, "--connection-string", connectionString},
		"OpenTelemetry's id":    {strings.ReplaceAll(imageShow, "-", ""), "--connection-string", connectionString},
		"base_id in upper case": {strings.ToUpper(imageShow), "--connection-string", connectionString},
		"file":                  {imageShowFile},
		"file of its own":       {write(t, must(t, "show", "--json", imageShowFile))},
	} {
		t.Run(name, func(t *testing.T) {
			if got := must(t, append([]string{"show", "--json"}, args...)...); !equalJSON(t, got, want) {
				t.Errorf("got\n%s", got)
			}
		})
	}
	t.Run("standard input", func(t *testing.T) {
		if got, stderr, status := callWith(t.Context(), want, "show", "--json", "-"); status != 0 || !equalJSON(t, got, want) {
			t.Errorf("status %d, %s", status, stderr)
		}
	})
	t.Run("environment", func(t *testing.T) {
		t.Setenv(connectionStringVariable, connectionString)
		if got := must(t, "show", "--json", imageShow); got != want {
			t.Errorf("got\n%s", got)
		}
	})
}

func equalJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal([]byte(a), &left); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &right); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(left, right)
}

func TestShowForms(t *testing.T) {
	tree := must(t, "show", imageShowFile)
	for _, want := range []string{"Trace a3c082a532164635925a3cdd42b8192d", "18 spans", "2 services", "WSGI_GET_/v3", "keystone-public", "SQL_SELECT"} {
		if !strings.Contains(tree, want) {
			t.Errorf("no %q in\n%s", want, tree)
		}
	}
	if strings.Contains(tree, "\x1b") {
		t.Error("colours although it is not a terminal")
	}
	if colored := must(t, "show", "--color", "always", imageShowFile); !strings.Contains(colored, "\x1b[") {
		t.Error("no colours with --color always")
	}
	page := must(t, "show", "--html", imageShowFile)
	if !strings.HasPrefix(page, "<!DOCTYPE html>") || !strings.Contains(page, "WSGI_GET_/v3") {
		t.Errorf("page: %.200s", page)
	}
	dot := must(t, "show", "--dot", imageShowFile)
	if !strings.HasPrefix(dot, "digraph") || strings.Count(dot, "->") != 5 || !strings.Contains(dot, ":wsgi - ") || !strings.Contains(dot, "keystone-public:6 × db - ") {
		t.Errorf("graph: %s", dot)
	}
	unfolded := must(t, "show", "--dot", "--unfold", imageShowFile)
	if strings.Count(unfolded, "->") != 14 || strings.Count(unfolded, "label=") != 18 || strings.Contains(unfolded, "×") {
		t.Errorf("graph: %s", unfolded)
	}
}

// Spans that were written to a file of OTLP JSON and read again are the same in
// every form.
func TestShowOTLP(t *testing.T) {
	text := must(t, "show", "--otlp-json", imageShowFile)
	for _, want := range []string{`"traceId":"a3c082a532164635925a3cdd42b8192d"`, `"name":"WSGI_GET_/v3"`, `{"key":"db.query.text"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %.300s", want, text)
		}
	}
	file := write(t, text)
	for _, form := range []string{"--otlp-json", "--dot", "--color=never"} {
		if got, want := must(t, "show", form, file), must(t, "show", form, imageShowFile); sorted(got) != sorted(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", form, got, want)
		}
	}
	report := must(t, "show", "--json", file)
	if got, want := must(t, "show", write(t, report)), must(t, "show", imageShowFile); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	halves := write(t, text+text) // the Collector writes one message in each line
	if _, stderr, status := call(t, "show", halves); status != 0 || !strings.Contains(stderr, "notifications repeat others") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// sorted sorts the lines, whose order differs where times are equal.
func sorted(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("{}[],:;\n ", r) })
	slices.Sort(words)
	return strings.Join(words, "\n")
}

func TestShowFilters(t *testing.T) {
	tree := must(t, "show", "--service", "glance", "--name", "SQL", imageShowFile)
	if !strings.Contains(tree, "4 of 18 spans") || strings.Contains(tree, "keystone") {
		t.Errorf("got\n%s", tree)
	}
	stdout, stderr, status := call(t, "show", "--min-duration", "1h", imageShowFile)
	if status != exitNotFound || !strings.Contains(stderr, "no span matches") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

// The faults of a trace are named, and the rest of it is shown.
func TestShowDefects(t *testing.T) {
	connectionString, server := redis(t)
	if _, err := server.RPush("osprofiler_opt:"+imageShow, "<html>"); err != nil {
		t.Fatal(err)
	}
	if _, err := server.RPush("osprofiler_opt:"+imageShow, `{"name": "rpc-start", "trace_id": "`+imageShow+`", "parent_id": "", "timestamp": "2026-11-22T16:51:38.5", "info": {}}`); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := call(t, "show", imageShow, "--connection-string", connectionString)
	if status != 0 || !strings.Contains(stdout, "19 spans") || !strings.Contains(stdout, "unfinished") {
		t.Errorf("status %d\n%s", status, stdout)
	}
	if want := "ostrace: 1 stored notification could not be used: invalid character '<' looking for beginning of value\n" +
		"ostrace: 1 point has no stop: it is shown as unfinished\n"; stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
}
