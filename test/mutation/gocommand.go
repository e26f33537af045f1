// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Gremlins finds this program where it looks for the go command, because of three
// things that it does with go:
//
//   - It downloads all modules of go.mod, most of which these tests do not need.
//   - It asks for the coverage of the tests, and does not try changes of lines that
//     they do not reach. Go's coverage has no entry for the condition of a case, nor
//     for a declaration outside a function, so changes of those would never be
//     tried. Gremlins is told that the tests reach every line. Changes of a line
//     that they do not reach survive, and are listed.
//   - It takes a change for noticed wherever go test fails, also where the changed
//     code does not compile.

// realGo is the environment variable that has the path of the go command.
const realGo = "MUTATION_GO"

// notViable is the exit status by which gremlins is told that a change does not
// compile.
const notViable = 2

// limits is the program that runs the tests, for go test's -exec. A change can make
// a loop endless, and have it use all memory. The limit is one of the processor's
// time, because that does not depend on how busy the machine is.
const limits = `sh -c 'unset GOGC; ulimit -t 10; ulimit -v 4000000; exec "$0" "$@"'`

// tooSlow is a test that is left out: it sends 100,000 requests, which takes longer
// than all other tests of its package.
const tooSlow = "^TestHandlerFlood$"

// standIn does what gremlins calls the go command for, and returns the exit
// status.
func standIn(args []string) int {
	if slices.Equal(args, []string{"mod", "download"}) {
		return 0
	}
	profile, target := "", args[len(args)-1]
	if i := slices.Index(args, "-coverprofile"); i >= 0 {
		profile, target = args[i+1], strings.TrimSuffix(target, "/...")
	}
	output, err := goCommand("test", "-count", "1", "-vet", "off", "-trimpath", "-failfast", "-timeout", "5m", "-exec", limits, "-skip", tooSlow, target)
	fmt.Fprintf(os.Stderr, "%s", output)
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		if bytes.Contains(output, []byte("[build failed]")) {
			return notViable
		}
		return failed.ExitCode()
	}
	if err == nil && profile != "" {
		err = coverAll(profile, target)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		return 3
	}
	return 0
}

// coverAll writes a profile according to which the tests reach each line of a
// package.
func coverAll(profile, target string) error {
	files, err := goCommand("list", "-f", `{{range .GoFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}`, target)
	if err != nil {
		return fmt.Errorf("the files of %s: %w", target, err)
	}
	text := []byte("mode: set\n")
	for file := range strings.Lines(string(files)) {
		text = fmt.Appendf(text, "%s:1.1,1000000.1 1 1\n", strings.TrimSpace(file))
	}
	return os.WriteFile(profile, text, 0o600)
}

func goCommand(args ...string) ([]byte, error) {
	command := exec.Command(os.Getenv(realGo), args...) //nolint:gosec // it is the go command
	command.Env = append(os.Environ(), "GOGC=off")      // of the compiler and the linker, which take a third less time so
	return command.CombinedOutput()
}

// install makes this program the go command for gremlins, and returns the
// environment in which it is.
func install(folder string) ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	goPath, err := exec.LookPath("go")
	if err != nil {
		return nil, err
	}
	if err := os.Symlink(program, filepath.Join(folder, "go")); err != nil {
		return nil, err
	}
	return append(os.Environ(), realGo+"="+goPath, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH")), nil
}
