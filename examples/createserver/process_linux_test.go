// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ostrace/ostrace/internal/simcloud"
)

// With asProgram in the environment, the test binary runs the program itself.
const asProgram = "CREATESERVER_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// startProcess starts the program as a process of its own. It returns when the
// program has sent a request that at matches, which is answered when release is
// called.
func startProcess(t *testing.T, cloud *simcloud.Cloud, at func(*http.Request) bool, args ...string) (program *exec.Cmd, output *buffer, release func()) {
	t.Helper()
	arrived, released := newEvent(t), newEvent(t)
	cloud.Intercept(func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		if at(r) {
			cloud.Intercept(nil)
			arrived.happens()
			released.await(r)
		}
		return false
	})
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	program, output = exec.CommandContext(ctx, path, with(args...)...), &buffer{}
	program.Env = append(os.Environ(), asProgram+"=1")
	program.Stdout, program.Stderr = output, output
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Process.Kill() })
	t.Cleanup(released.happens)
	select {
	case <-arrived.happened:
	case <-ctx.Done():
		t.Fatalf("the process did not send the request:\n%s", output)
	}
	return program, output, released.happens
}

// The key stays inside: while the process runs, other users of the machine do
// not find the key in its command line. A key from a file is not in its
// environment either.
func TestKeyInProcessListing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args, env []string
		look      []string
	}{
		"the key is in a file":          {[]string{"--os-profile-file", file}, []string{"OS_PROFILE"}, []string{"cmdline", "environ", "comm", "status"}},
		"the key is in the environment": {nil, nil, []string{"cmdline", "comm", "status"}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			setenv(t, test.env...)
			program, output, release := startProcess(t, cloud, isCreate, test.args...)
			for _, name := range test.look {
				listed, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", program.Process.Pid, name))
				if err != nil || bytes.Contains(listed, []byte(key)) {
					t.Errorf("%s: %q, %v", name, listed, err)
				}
				if name == "cmdline" && !strings.Contains(string(listed), "--image\x00tiny") {
					t.Errorf("%q is not the program's command line", listed)
				}
			}
			release()
			if err := program.Wait(); err != nil || strings.Contains(output.String(), key) {
				t.Errorf("%v\n%s", err, output)
			}
			nothingLeft(t, cloud)
			if !outside(cloud, http.MethodPost, serversPath)[0].Signed {
				t.Error("nothing is signed")
			}
		})
	}
}

// A process that gets a signal while it waits for the server deletes it, says
// so, and ends with status 1.
func TestSignal(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			cloud := realCloud(t)
			program, output, _ := startProcess(t, cloud, isShow)
			if err := program.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = program.Wait()
			if status := program.ProcessState.ExitCode(); status != 1 || !strings.Contains(output.String(), "interrupted") {
				t.Errorf("exit status %d\n%s", status, output)
			}
			nothingLeft(t, cloud)
		})
	}
}
