// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file that is written through a link keeps its mode, and the link stays.
func TestOutputThroughALink(t *testing.T) {
	directory := t.TempDir()
	name := filepath.Join(directory, "trace.json")
	if err := os.WriteFile(name, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(directory, "link")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	must(t, "show", "--dot", imageShowFile, "-o", link)
	info, err := os.Lstat(link)
	if err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err = os.Stat(name); err != nil || info.Mode().Perm() != 0o640 || !strings.HasPrefix(read(t, name), "digraph") {
		t.Errorf("the link's file: %v, %v", info, err)
	}
}

// When its reader stops, the program ends without a message.
func TestBrokenPipe(t *testing.T) {
	large := write(t, `{"children": [{"trace_id": "1", "parent_id": "0", "info": {
		"meta.raw_payload.db-start": {"name": "db-start", "trace_id": "1", "timestamp": "2026-01-31T00:00:00.5", "info": {"db": {"statement": "`+strings.Repeat("SELECT ", 100_000)+`"}}},
		"meta.raw_payload.db-stop": {"name": "db-stop", "trace_id": "1", "timestamp": "2026-01-31T00:00:00.5", "info": {}}}}]}`)
	command := ostrace(t, "show", "--json", large)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReaderSize(out, 16).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	err = command.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
		t.Errorf("%v, %s", err, stderr.String())
	}
}

// Ctrl-C ends the program while it waits for a store that does not answer, and
// leaves no file.
func TestInterrupt(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	directory := t.TempDir()
	command := ostrace(t, "show", imageShow, "--html", "-o", filepath.Join(directory, "trace.html"),
		"--connection-string", "redis://"+listener.Addr().String())
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	connection, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = command.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != exitFailure || stderr.String() != "ostrace: interrupted\n" {
		t.Errorf("%v, %q", err, stderr.String())
	}
	if files, _ := os.ReadDir(directory); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

// Ctrl-C ends the program while it waits for a user who types.
func TestInterruptOfStandardInput(t *testing.T) {
	command := ostrace(t, "show", "-")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	// This is more than a pipe holds, so when it is written the program has
	// begun to read.
	if _, err := in.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = command.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != exitFailure || stderr.String() != "ostrace: interrupted\n" {
		t.Errorf("%v, %q", err, stderr.String())
	}
}
