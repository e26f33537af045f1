// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Gremlins is told whether all tests pass, a test fails or the code does not
// compile, and that the tests reach every line.
func TestStandIn(t *testing.T) {
	t.Setenv(realGo, "go")
	t.Setenv("GOWORK", "off")
	const test = `package a

import "testing"

func TestA(t *testing.T) {
	if a() != 1 {
		t.Error(a())
	}
}
`
	for code, want := range map[string]int{
		"func a() int { return 1 }":                            0,
		"func a() int { return 2 }":                            1,
		"func a() int { return 'a' - \"a\" }":                  notViable,
		"func a() int { return len(make([]byte, 5e9)) / 5e9 }": 1, // more memory than there may be
	} {
		t.Chdir(t.TempDir())
		for name, text := range map[string]string{"go.mod": "module example\n\ngo 1.26\n", "a/a.go": "package a\n\n" + code + "\n", "a/a_test.go": test} {
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := standIn([]string{"test", "-timeout", "1s", "-failfast", "example/a"}); got != want {
			t.Errorf("%s: the exit status is %d, want %d", code, got, want)
		}
		if want != 0 {
			continue
		}
		if got := standIn([]string{"test", "-cover", "-coverprofile", "profile", "./a/..."}); got != 0 {
			t.Errorf("the exit status of the coverage is %d", got)
		}
		if profile, err := os.ReadFile("profile"); err != nil || !strings.HasPrefix(string(profile), "mode: set\nexample/a/a.go:1.1,") {
			t.Errorf("the profile is %q, %v", profile, err)
		}
	}
	if got := standIn([]string{"mod", "download"}); got != 0 {
		t.Errorf("the exit status of a download is %d", got)
	}
}
