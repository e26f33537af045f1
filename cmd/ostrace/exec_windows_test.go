// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A program in the current folder runs only if the user, or PATH, says that it is
// there.
func TestExecProgramInTheCurrentFolder(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	if err := os.WriteFile("planted.exe", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := lookUp("planted")
	failed, ok := errors.AsType[*execError](err)
	if !ok || failed.status != exitNoCommand || !strings.Contains(err.Error(), `write .\planted`) {
		t.Errorf("got %v", err)
	}
	if path, err := lookUp(`.\planted`); err != nil || filepath.Base(path) != "planted.exe" {
		t.Errorf("got %q, %v", path, err)
	}
	t.Setenv("PATH", ".")
	if path, err := lookUp("planted"); err != nil || filepath.Base(path) != "planted.exe" {
		t.Errorf("with PATH=. got %q, %v", path, err)
	}
}

// A run that is not traced has the program's exit status, and no key.
func TestExecNotSampled(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	t.Setenv("os_profile", "SECRET_KEY")
	stdout, stderr, status := callWith(t.Context(), "typed", execArgs([]string{"--sample", "0"}, commandLine(t, "copy")...)...)
	if stdout != "typed" || stderr != "oops\n" || status != 5 {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	stdout, _, _ = call(t, execArgs([]string{"--sample", "0"}, commandLine(t, "print-key")...)...)
	if strings.TrimSpace(stdout) != "" {
		t.Errorf("the program has %q", stdout)
	}
}

// Windows shows the statuses of the programs that it ends in hexadecimal.
func TestExecStatusText(t *testing.T) {
	for status, want := range map[int]string{1: "1", 0xffff: "65535", 0xc000013a: "0xc000013a"} {
		if got := (&endedError{ended{status: status}}).ErrorType(); got != want {
			t.Errorf("%d is %q, want %q", status, got, want)
		}
	}
}
