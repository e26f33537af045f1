// SPDX-License-Identifier: Apache-2.0

package programs_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/exec/front"
	"github.com/ostrace/ostrace/test/exec/programs"
)

// The tests share the front, the command, and the file with the key.
var (
	cloud   *front.Front
	ostrace string
	keyFile string
)

func TestMain(m *testing.M) {
	os.Exit(front.WithNames(func() int {
		status, err := withCloud(m.Run)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return status
	}))
}

func withCloud(tests func() int) (status int, err error) {
	folder, err := os.MkdirTemp("", "programs")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ostrace, keyFile = filepath.Join(folder, "ostrace"), filepath.Join(folder, "key")
	if output, err := exec.Command("go", "build", "-C", "../../../cmd/ostrace", "-tags", "grpcnotrace", "-o", ostrace, ".").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, output)
	}
	if err := os.WriteFile(keyFile, []byte(front.HMACKey), 0o600); err != nil {
		return 0, err
	}
	if cloud, err = front.Start(context.Background(), folder); err != nil {
		return 0, err
	}
	defer func() { _ = cloud.Close() }()
	return tests(), nil
}

// result is the result of a step.
type result struct {
	status         int
	stdout, stderr string
	requests       []front.Request
}

// run runs a step. in is a command line that has to run it, or is empty.
func run(t *testing.T, step programs.Step, folder string, environment []string, in ...string) result {
	t.Helper()
	cloud.Requests() // this forgets earlier requests
	var stdout, stderr bytes.Buffer
	command := step.Run(t.Context(), folder, environment, in...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); command.ProcessState == nil {
		t.Fatal(err)
	}
	return result{command.ProcessState.ExitCode(), stdout.String(), stderr.String(), cloud.Requests()}
}

// These texts differ between two runs of the same command: ids, dates, and waiting
// times.
var (
	changing = regexp.MustCompile(`[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}|[0-9]+s\b`)
	waiting  = regexp.MustCompile(`(?m)^.*: Still (creating|destroying)\.\.\..*\n`)
)

// unchanging returns the output without the texts that differ each time.
func unchanging(printed string) string {
	return changing.ReplaceAllString(waiting.ReplaceAllString(printed, ""), "…")
}

// wantSame fails the test unless a step has the same exit status and output as it had
// alone. On standard error, the output of ostrace comes after the program's.
func wantSame(t *testing.T, step programs.Step, traced, alone result) {
	t.Helper()
	got, want := unchanging(traced.stdout), unchanging(alone.stdout)
	if step.Unordered {
		got, want = sorted(got), sorted(want)
	}
	if traced.status != alone.status || got != want || !strings.HasPrefix(unchanging(traced.stderr), unchanging(alone.stderr)) {
		t.Fatalf("%s: exit status %d, and it printed\n%s%s\nwithout ostrace exec %d and\n%s%s",
			step.Name, traced.status, traced.stdout, traced.stderr, alone.status, alone.stdout, alone.stderr)
	}
}

func sorted(lines string) string { return strings.Join(slices.Sorted(strings.Lines(lines)), "") }

// inTrace returns the beginning of the command line that traces a command.
func inTrace() []string {
	return []string{ostrace, "exec", "--os-profile-file", keyFile, "--connection-string", redisURL, "--"}
}

// TestPrograms checks that each program does the same work with ostrace exec as
// without it, and that all its requests to the cloud are in one trace.
func TestPrograms(t *testing.T) {
	for _, program := range programs.All {
		t.Run(program.Name, func(t *testing.T) {
			folder := t.TempDir()
			environment, err := programs.Prepare(folder, cloud)
			if err != nil {
				t.Fatal(err)
			}
			alone := map[string]result{}
			for _, step := range program.Steps {
				r := run(t, step, folder, environment)
				if r.status != 0 || len(r.requests) == 0 {
					t.Fatalf("%s: exit status %d, %d requests\n%s%s", step.Name, r.status, len(r.requests), r.stdout, r.stderr)
				}
				alone[step.Name] = r
			}
			for _, step := range program.Steps {
				r := run(t, step, folder, environment, inTrace()...)
				wantSame(t, step, r, alone[step.Name])
				wantTrace(t, step, r)
			}
		})
	}
}
