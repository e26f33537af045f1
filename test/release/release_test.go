// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// The next release of this repository is made in a copy of it. A stranger with only Go,
// and an empty module cache, can then use all that it publishes.
func TestRelease(t *testing.T) {
	dir, version := release(t)
	p := open(t, dir)
	s, out := newStranger(t, p)

	// The go command makes the same modules of the tags, without a proxy. So the sums
	// in the release's go.sum are those that everybody gets.
	t.Run("sums", func(t *testing.T) {
		direct, _ := newStranger(t, p)
		direct.set("GOPROXY=direct", "GIT_CONFIG_COUNT=1",
			"GIT_CONFIG_KEY_0=url."+fileURL(dir)+".insteadOf", "GIT_CONFIG_VALUE_0=https://"+p.root)
		for _, m := range p.modules {
			var is struct{ Sum, GoModSum string }
			if err := json.Unmarshal([]byte(direct.run(t, "go", "mod", "download", "-json", m.path+"@"+version)), &is); err != nil {
				t.Fatal(err)
			}
			if want := []string{m.path + " " + version + " " + is.Sum, m.path + " " + version + "/go.mod " + is.GoModSum}; !slices.Equal(out.sums[m.path], want) {
				t.Errorf("the sums are\n%v\nand those of the tag are\n%v", out.sums[m.path], want)
			}
		}
	})

	t.Run("get", func(t *testing.T) {
		s.run(t, "go", "mod", "init", "x")
		for _, dir := range []string{".", "store", "waterfall", "caddy", "collector/osprofilerreceiver"} {
			m, ok := p.find(dir)
			if !ok {
				t.Fatalf("%s is not published", dir)
			}
			s.run(t, "go", "get", m.path+"@"+version)
		}
	})

	t.Run("program", func(t *testing.T) {
		program, source := s.sub(t), readmeProgram(t, dir)
		write(t, program.dir, map[string]string{"main.go": source})
		program.run(t, "go", "mod", "init", "x")
		program.run(t, "go", "get", p.root+"@"+version)
		program.run(t, "go", "mod", "tidy")
		key, err := hmac.NewKey("SECRET_KEY")
		if err != nil {
			t.Fatal(err)
		}
		cloud, err := simcloud.Start(simcloud.WithHMACKeys(key))
		if err != nil {
			t.Fatal(err)
		}
		defer cloud.Close()
		auth := cloud.AuthOptions()
		var batches atomic.Int32
		backEnd := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { batches.Add(1) }))
		defer backEnd.Close()
		program.set("OS_AUTH_URL="+auth.IdentityEndpoint, "OS_USERNAME="+auth.Username, "OS_PASSWORD="+auth.Password,
			"OS_DOMAIN_NAME="+auth.DomainName, "OS_PROJECT_NAME="+auth.TenantName, "OS_REGION_NAME=RegionOne",
			"OS_PROFILE=SECRET_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT="+backEnd.URL)
		program.run(t, "go", "run", ".")
		if !slices.ContainsFunc(cloud.Requests(), func(r simcloud.Request) bool { return r.Signed }) || batches.Load() == 0 {
			t.Errorf("the cloud got %v, and the back end %d batches of spans", cloud.Requests(), batches.Load())
		}
	})

	t.Run("install", func(t *testing.T) {
		s.run(t, "go", "install", "-tags", "grpcnotrace", p.root+"/cmd/ostrace@"+version)
		if got, want := s.run(t, filepath.Join(s.bin, "ostrace"), "--version"), "ostrace version "+version+", "+runtime.Version()+"\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})

	t.Run("example", func(t *testing.T) {
		if drawn := s.run(t, "go", "run", p.root+"/examples/createserver@"+version); !strings.Contains(drawn, "POST /v2.1/servers") {
			t.Errorf("it has drawn\n%s", drawn)
		}
	})

	// Whoever builds a tag, as distributions do, needs nothing that go.mod and go.sum
	// do not have.
	t.Run("tidy", func(t *testing.T) {
		for _, m := range p.modules {
			inModule := s.sub(t)
			inModule.dir = filepath.Join(dir, m.dir)
			if diff := inModule.run(t, "go", "mod", "tidy", "-diff"); diff != "" {
				t.Errorf("%s\n%s", m.dir, diff)
			}
		}
	})
}

// release makes the next release of this repository in a copy of it, with the commands
// of RELEASING.md. It returns the copy and the version.
func release(t *testing.T) (dir, version string) {
	t.Helper()
	top, err := topLevel()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	names, err := open(t, top).files()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		write(t, dir, map[string]string{name: read(t, top, name)})
	}
	write(t, dir, map[string]string{changelogFile: strings.Replace(read(t, top, changelogFile), unreleased, unreleased+"\n- Something.\n", 1)})
	commit(t, dir)
	version = open(t, dir).version

	runMake := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-C", dir}, args...)...)
		command.Stdout, command.Stderr = t.Output(), t.Output()
		if err := command.Run(); err != nil {
			t.Fatalf("make %v: %v", args, err)
		}
	}
	runMake("prerelease", "VERSION="+version)
	inGit(t, dir, "switch", "--quiet", "release-"+version)
	signer := filepath.Join(t.TempDir(), "signer")
	if err := os.WriteFile(signer, []byte("#!/bin/sh\ncat >/dev/null\necho a signature\nprintf '\\n[GNUPG:] SIG_CREATED ' >&2\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	inGit(t, dir, "config", "gpg.program", signer)
	runMake("add-tags")
	var want []string
	for _, m := range open(t, dir).modules {
		want = append(want, strings.TrimPrefix(m.dir+"/"+version, "./"))
	}
	if tags := strings.Fields(inGit(t, dir, "tag", "--points-at", "HEAD")); !slices.Equal(tags, slices.Sorted(slices.Values(want))) {
		t.Fatalf("the tags are %v, want %v", tags, want)
	}
	return dir, version
}

// stranger is somebody who has Go, an empty folder, and an empty module cache.
type stranger struct {
	dir, bin    string
	environment []string
}

// newStranger returns a stranger who finds the project's modules only in a release,
// and the release.
func newStranger(t *testing.T, p *project) (*stranger, *published) {
	t.Helper()
	out, environment, err := p.publishAsRelease(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{dir: t.TempDir(), bin: t.TempDir()}
	s.environment = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "OS_") || strings.HasPrefix(variable, "OTEL_") || strings.HasPrefix(variable, "OSTRACE_")
	})
	s.set(environment...)
	// With -trimpath, what is built does not depend on the module cache's folder.
	s.set("GOBIN="+s.bin, "CGO_ENABLED=0", "GOFLAGS=-modcacherw -trimpath")
	return s, out
}

// set sets variables of the environment.
func (s *stranger) set(variables ...string) {
	s.environment = append(s.environment, variables...)
}

// sub returns the same stranger in another empty folder.
func (s *stranger) sub(t *testing.T) *stranger {
	return &stranger{dir: t.TempDir(), bin: s.bin, environment: slices.Clone(s.environment)}
}

func (s *stranger) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var problem strings.Builder
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir, command.Env, command.Stderr = s.dir, s.environment, &problem
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &problem)
	}
	return string(out)
}

// readmeProgram returns the first whole program in README.md.
func readmeProgram(t *testing.T, dir string) string {
	t.Helper()
	for _, block := range strings.Split(read(t, dir, "README.md"), "\n```go\n")[1:] {
		if source, _, _ := strings.Cut(block, "\n```\n"); strings.HasPrefix(source, "package main\n") {
			return source + "\n"
		}
	}
	t.Fatal("README.md has no program")
	return ""
}
