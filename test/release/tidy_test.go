// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

// A module that imports what its go.mod does not require is found and mended, with the
// other modules as they are in the working tree.
func TestTidy(t *testing.T) {
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOPROXY", fileURL(t.TempDir())) // which has nothing
	for name, test := range map[string]struct {
		dir     string
		changes map[string]string
		want    map[string]string // after go mod tidy
	}{
		"tidy":           {"store", nil, nil},
		"tidy, twice":    {"store/more", nil, nil},
		"tidy, a test":   {"test", nil, nil},
		"new in another": {"store", map[string]string{"otelhttp/new.go": "package otelhttp\n\nfunc New() {}\n", "store/new.go": "package store\n\nimport \"example.com/project/otelhttp\"\n\nvar _ = otelhttp.New\n"}, nil},
		"a missing requirement": {
			"waterfall",
			map[string]string{"waterfall/store.go": "package waterfall\n\nimport _ \"example.com/project/otelhttp\"\n"},
			map[string]string{"waterfall/go.mod": small["waterfall/go.mod"] + "\nrequire example.com/project v0.1.0\n"},
		},
		"a requirement too many": {
			"store",
			map[string]string{"store/store.go": "package store\n"},
			map[string]string{"store/go.mod": "module example.com/project/store\n\ngo 1.26\n"},
		},
		"the sums of a release": {
			"store",
			map[string]string{"store/go.sum": "example.com/project v0.1.0 h1:old\n"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, changed(test.changes))
			before := read(t, dir, test.dir, "go.mod") + read(t, dir, "store/go.sum")
			var printed strings.Builder
			if err := tidy(t.Context(), dir, test.dir, true, &printed); (err == nil) != (test.want == nil) {
				t.Errorf("%v\n%s", err, &printed)
			}
			if after := read(t, dir, test.dir, "go.mod") + read(t, dir, "store/go.sum"); after != before {
				t.Errorf("-diff has changed it to\n%s", after)
			}
			if err := tidy(t.Context(), dir, test.dir, false, &printed); err != nil {
				t.Fatalf("%v\n%s", err, &printed)
			}
			if after := read(t, dir, test.dir, "go.mod") + read(t, dir, "store/go.sum"); test.want == nil && after != before {
				t.Errorf("it was tidy, and is\n%s", after)
			}
			for name, want := range test.want {
				if got := read(t, dir, name); got != want {
					t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
				}
			}
		})
	}
}
