// SPDX-License-Identifier: Apache-2.0

// Package documents_test runs the commands of the documents that need a real cloud.
package documents_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/docs/markdown"
	"github.com/ostrace/ostrace/test/docs/session"
	"github.com/ostrace/ostrace/test/exec/front"
	"github.com/ostrace/ostrace/test/exec/programs"
)

const root = "../../.."

func TestMain(m *testing.M) { os.Exit(front.WithNames(m.Run)) }

// cleanUp has the commands that remove what the commands of a document leave on the
// cloud.
var cleanUp = map[string]string{
	"docs/exec.md":     "tofu destroy -no-color -auto-approve",
	"docs/services.md": "openstack service delete registry",
}

// Each command of the documents that needs a cloud does on OpenStack 2026.2 what the
// document says.
func TestCommands(t *testing.T) {
	folder := t.TempDir()
	execute(t, root, os.Environ(), "go build -C cmd/ostrace -o "+filepath.Join(folder, "ostrace")+" .")
	cloud, err := front.Start(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cloud.Close() }()
	found := 0
	for page, list := range withCommands(t) {
		found += len(list)
		t.Run(page, func(t *testing.T) {
			s := prepare(t, cloud, folder)
			defer execute(t, s.Folder, s.Environment, cleanUp[page])
			results, err := s.Run(t.Context(), list)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Failure == "" && strings.HasPrefix(r.Command, "ostrace exec") && !strings.Contains(r.Output, "\nTrace ID: ") {
					r.Failure = "it has no trace"
				}
				if r.Failure != "" {
					t.Errorf("%s:%d: %s: %s\n%s", page, r.Line, r.Command, r.Failure, r.Output)
				} else if testing.Verbose() {
					t.Logf("%s\n%s", r.Command, r.Output)
				}
			}
		})
	}
	if found < 4 {
		t.Errorf("only %d commands were found", found)
	}
}

// withCommands returns the commands that need a cloud, by the document.
func withCommands(t *testing.T) map[string][]session.Step {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]session.Step{}
	for _, file := range append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "examples/README.md")) {
		page, err := markdown.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := session.Steps(page)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := strings.TrimPrefix(file, root+"/")
		for _, step := range steps {
			if step.InCloud {
				found[name] = append(found[name], step)
			}
		}
		if found[name] != nil && cleanUp[name] == "" {
			t.Errorf("no command is known that removes what the commands of %s leave on the cloud", name)
		}
	}
	return found
}

// prepare returns a session in a folder in which OpenTofu and the openstack command
// find the cloud.
func prepare(t *testing.T, cloud *front.Front, bin string) session.Session {
	t.Helper()
	folder := t.TempDir()
	environment, err := programs.Prepare(folder, cloud)
	if err != nil {
		t.Fatal(err)
	}
	for i, variable := range environment {
		if path, isPath := strings.CutPrefix(variable, "PATH="); isPath {
			environment[i] = "PATH=" + bin + ":" + path
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "key"), []byte(front.HMACKey), 0o600); err != nil {
		t.Fatal(err)
	}
	return session.Session{Folder: folder, Environment: environment, Input: "yes\n"} // tofu apply asks
}

func execute(t *testing.T, folder string, environment []string, line string) {
	t.Helper()
	command := exec.Command("/usr/bin/env", strings.Fields(line)...)
	command.Dir, command.Env = folder, environment
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, output)
	}
}
