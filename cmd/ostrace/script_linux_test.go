// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestScripts runs the sessions in testdata/script. Beside testscript's own
// commands they have:
//
//	redis FILE...             starts a Redis with the notifications in the files,
//	                          one in each line, in the order in which services
//	                          stored them, and names it in the environment
//	terminal COLUMNS COMMAND  runs a command in a terminal; its stdout is what
//	                          the user sees
//
// $TRACES is the directory with the traces of a real cloud.
//
// go test -run TestScripts -update writes the output that they compare.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: false,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			directory, err := filepath.Abs("testdata/traces")
			e.Setenv("TRACES", directory)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"redis":    scriptRedis,
			"terminal": scriptTerminal,
		},
	})
}

func scriptRedis(ts *testscript.TestScript, neg bool, files []string) {
	if neg {
		ts.Fatalf("usage: redis FILE...")
	}
	server := miniredis.NewMiniRedis()
	ts.Check(server.Start())
	ts.Defer(server.Close)
	for _, file := range files {
		for line := range strings.Lines(ts.ReadFile(file)) {
			var n struct {
				BaseID string `json:"base_id"`
			}
			ts.Check(json.Unmarshal([]byte(line), &n))
			_, err := server.Lpush("osprofiler_opt:"+n.BaseID, strings.TrimSpace(line))
			ts.Check(err)
		}
	}
	ts.Setenv(connectionStringVariable, "redis://"+server.Addr())
}

func scriptTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: terminal COLUMNS COMMAND [ARGUMENT]...")
	}
	columns, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	user, program := scriptPty(ts, uint16(columns))
	defer user.Close()
	command := exec.Command(args[1], args[2:]...)
	command.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "NO_COLOR", connectionStringVariable} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	command.Env = append(command.Env, "TERM=xterm")
	command.Stdout, command.Stderr = program, program
	err = command.Start()
	program.Close()
	ts.Check(err)
	seen, _ := io.ReadAll(user) // Linux ends it with EIO when the command has ended
	err = command.Wait()
	fmt.Fprint(ts.Stdout(), strings.ReplaceAll(string(seen), "\r\n", "\n"))
	if neg != (err != nil) {
		ts.Fatalf("%v: %v\n%s", args, err, seen)
	}
}

// scriptPty returns the two ends of a terminal: what its user sees, and what a
// program writes to.
func scriptPty(ts *testscript.TestScript, columns uint16) (user, program *os.File) {
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	ts.Check(err)
	ts.Check(unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(user.Fd()), unix.TIOCGPTN)
	ts.Check(err)
	ts.Check(unix.IoctlSetWinsize(int(user.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}))
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	ts.Check(err)
	return user, program
}
