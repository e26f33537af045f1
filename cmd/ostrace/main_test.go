// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/rogpeppe/go-internal/testscript"
)

const (
	imageShow     = "a3c082a5-3216-4635-925a-3cdd42b8192d"
	imageShowFile = "../../points/testdata/image-show.json"
)

// asProgram is the argument with which the tests' own file is a program that
// somebody runs with ostrace exec.
const asProgram = "as-program"

// In the processes that the tests and the scripts start, TestMain runs ostrace
// itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == asProgram {
		beProgram(os.Args[2])
	}
	if os.Getenv("BE_OSTRACE") != "" {
		main()
	}
	if name := os.Getenv("BE_SLOW_OUTPUT"); name != "" {
		beSlow(name)
	}
	testscript.Main(tests{m}, map[string]func(){"ostrace": main})
}

// tests are the tests, without the variables of this machine that ostrace reads,
// and without its ignored signals.
type tests struct{ *testing.M }

func (t tests) Run() int {
	// nohup and a shell's & start programs with ignored signals, which the programs
	// that they start ignore too. A signal that is handled has its default there.
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	_ = os.Unsetenv(connectionStringVariable)
	_ = os.Unsetenv("NO_COLOR")
	return t.M.Run()
}

// beSlow begins to write a file, and then waits for the end of standard input,
// whatever signals arrive.
func beSlow(name string) {
	ctx, stop := untilSignal()
	context.AfterFunc(ctx, stop)
	err := writeOutput(ctx, name, os.Stdout, func(w io.Writer) error {
		_, err := w.Write([]byte("after"))
		fmt.Fprintln(os.Stdout, "written")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return err
	})
	if err != nil {
		os.Exit(exitFailure)
	}
	os.Exit(0)
}

// ostrace returns a process of the program.
func ostrace(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = append(os.Environ(), "BE_OSTRACE=1")
	return command
}

// call runs the program inside this process.
func call(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	return callWith(t.Context(), "", args...)
}

func callWith(ctx context.Context, stdin string, args ...string) (stdout, stderr string, status int) {
	var out, err bytes.Buffer
	status = run(ctx, args, streams{strings.NewReader(stdin), &out, &err})
	return out.String(), err.String(), status
}

// must runs the program and expects it to succeed silently.
func must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, status := call(t, args...)
	if status != 0 || stderr != "" {
		t.Fatalf("ostrace %s: status %d, %s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, text string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "trace.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// redis returns the connection string of a Redis that has image-show.
func redis(t *testing.T) (connectionString string, server *miniredis.Miniredis) {
	t.Helper()
	server = miniredis.RunT(t)
	for line := range strings.Lines(read(t, "../../points/testdata/image-show.jsonl")) {
		if _, err := server.RPush("osprofiler_opt:"+imageShow, strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
	}
	return "redis://" + server.Addr(), server
}
