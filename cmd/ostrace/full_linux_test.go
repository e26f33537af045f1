// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"
)

// It is an error if the output can't be written, as to a full disk.
func TestOutputThatFails(t *testing.T) {
	b := newBackend(t)
	for _, args := range [][]string{
		{"--help"}, {"show", "--help"}, {"--version"}, {"completion", "bash"}, {},
		{"show", imageShowFile}, {"show", "--json", imageShowFile}, {"show", "--html", imageShowFile}, {"show", "--dot", imageShowFile},
		{"show", "--otlp-json", imageShowFile}, {"export", imageShowFile, "--endpoint", b.URL},
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		var stderr strings.Builder
		status := run(t.Context(), args, streams{strings.NewReader(""), full, &stderr})
		if status != exitFailure || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%q: status %d, %s", args, status, stderr.String())
		}
		_ = full.Close()
	}
}
