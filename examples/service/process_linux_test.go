// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/ostrace/ostrace/hmac"
)

// With asProgram in the environment, the test binary runs the program itself.
const asProgram = "SERVICE_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// The key stays inside: while the service runs, other users of the machine do
// not find its keys in its command line, and it does not print them. A signal
// ends it cleanly.
func TestKeysInProcessListing(t *testing.T) {
	const key = "xyzzy-H7mac-k3y"
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	program := exec.CommandContext(ctx, path, "-listen", "127.0.0.1:0")
	program.Env = append(os.Environ(), asProgram+"=1", "OS_AUTH_URL=http://127.0.0.1:1/v3",
		hmac.EnvEnabled+"=true", hmac.EnvHMACKeys+"="+key+", "+key+"2")
	stderr, err := program.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	if !lines.Scan() || !strings.Contains(lines.Text(), "listening on") {
		t.Errorf("it says %q", lines.Text())
	}
	for _, name := range []string{"cmdline", "comm", "status"} {
		listed, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", program.Process.Pid, name))
		if err != nil || bytes.Contains(listed, []byte(key)) || name == "cmdline" && !bytes.HasSuffix(listed, []byte("-listen\x00127.0.0.1:0\x00")) {
			t.Errorf("%s: %q, %v", name, listed, err)
		}
	}
	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), key) {
			t.Errorf("the key shows: %s", lines.Text())
		}
	}
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
}
