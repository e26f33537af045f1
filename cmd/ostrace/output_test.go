// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOutputFile(t *testing.T) {
	directory := t.TempDir()
	name := filepath.Join(directory, "trace.json")
	if out := must(t, "show", "--json", imageShowFile, "-o", name); out != "" {
		t.Errorf("standard output has %q", out)
	}
	if read(t, name) != must(t, "show", "--json", imageShowFile) {
		t.Error("the file differs from standard output")
	}
	must(t, "show", "--dot", imageShowFile, "-o", name)
	if !strings.HasPrefix(read(t, name), "digraph") {
		t.Error("the file keeps its old content")
	}
	if out := must(t, "show", "--dot", imageShowFile, "-o", "-"); !strings.HasPrefix(out, "digraph") {
		t.Errorf("-o - wrote %.20q", out)
	}
}

// A file is written whole or not at all, and otherwise keeps its old content.
func TestOutputFails(t *testing.T) {
	directory := t.TempDir()
	name := filepath.Join(directory, "trace.html")
	failed := errors.New("failed")
	for _, before := range []string{"", "before"} {
		if before != "" {
			if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := writeOutput(t.Context(), name, io.Discard, func(w io.Writer) error {
			_, err := w.Write(bytes.Repeat([]byte("x"), 1<<20))
			return errors.Join(err, failed)
		})
		if !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
		if text, err := os.ReadFile(name); string(text) != before || before == "" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file has %.20q, %v", text, err)
		}
	}
	if files, _ := os.ReadDir(directory); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// Ctrl-C while a file is written leaves the old content.
func TestInterruptOfWriting(t *testing.T) {
	name := write(t, "before")
	ctx, cancel := context.WithCancel(t.Context())
	err := writeOutput(ctx, name, io.Discard, func(w io.Writer) error {
		if _, err := w.Write([]byte("after")); err != nil {
			t.Error(err)
		}
		cancel()
		_, err := w.Write([]byte("after"))
		return err
	})
	if !errors.Is(err, context.Canceled) || read(t, name) != "before" {
		t.Errorf("%v, the file has %q", err, read(t, name))
	}
}
