// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	if out := must(t, "--version"); !strings.HasPrefix(out, "ostrace version ") || !strings.HasSuffix(out, ", "+runtime.Version()+"\n") {
		t.Errorf("%q", out)
	}
	for want, info := range map[string]debug.BuildInfo{
		"v1.2.3, go1.26.0":  {Main: debug.Module{Version: "v1.2.3"}, GoVersion: "go1.26.0"},
		"(devel), go1.26.0": {GoVersion: "go1.26.0"},
		"v0.0.0-1 commit 0123456789ab of 2026-01-31T00:00:00Z, changed, go1.26.0": {
			Main: debug.Module{Version: "v0.0.0-1"}, GoVersion: "go1.26.0",
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-01-31T00:00:00Z"}, {Key: "vcs.modified", Value: "true"}},
		},
	} {
		if got := describeBuild(&info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
