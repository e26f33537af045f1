// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

func TestUsages(t *testing.T) {
	page := int64(os.Getpagesize())
	proc := fstest.MapFS{
		// The fields after the name: state ppid pgrp session tty tpgid flags minflt cminflt
		// majflt cmajflt utime stime cutime cstime priority nice threads 0 starttime vsize rss.
		"10/stat":      {Data: []byte("10 (uwsgi) S 1 10 10 0 -1 0 0 0 0 0 100 20 3 4 20 0 1 0 500 1000 7 18446744073709551615\n")},
		"11/stat":      {Data: []byte("11 (a ) b (c) S 10 10 10 0 -1 0 0 0 0 0 50 0 0 0 20 0 1 0 500 1000 5 0\n")},
		"20/stat":      {Data: []byte("20 (redis) S 1 20 20 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 500 1000 1 0\n")},
		"30/cmdline":   {Data: nil}, // it has ended
		"version/stat": {Data: []byte("not a process")},
	}
	got, err := usages(proc)
	if err != nil {
		t.Fatal(err)
	}
	if want := (usage{1770 * time.Millisecond, 12 * page}); got[10] != want || got[20] != (usage{20 * time.Millisecond, page}) || len(got) != 2 {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"", "10 (a) S 1 10", "10 (a) S 1 10 10 0 -1 0 0 0 0 0 x 20 3 4 20 0 1 0 500 1000 7 0"} {
		if _, _, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// The processor time of a real process group, with a child that has ended, is in its
// usage.
func TestUsageOfRealProcesses(t *testing.T) {
	script := `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done`
	command := exec.Command("sh", "-c", "sh -c '"+script+"'; "+script+"; echo done; read wait")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	got, err := usages(os.DirFS("/proc"))
	if err != nil {
		t.Fatal(err)
	}
	before := ownTime()
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // read fails at the end of its input
	used := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	group := got[command.Process.Pid]
	if difference := (used - group.cpu).Abs(); group.resident == 0 || difference > 50*time.Millisecond || used < 20*time.Millisecond {
		t.Errorf("%+v, and the system says %v", group, used)
	}
	if ownTime()-before < used {
		t.Error("a command that has ended is not in the client's time")
	}
}

func TestServices(t *testing.T) {
	state := t.TempDir()
	if _, err := services(state); err == nil {
		t.Error("a state folder without processes is read")
	}
	run := filepath.Join(state, "current/run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"nova-api.pid": "42 1234\n", "redis.pid": "43 1235\n"} {
		if err := os.WriteFile(filepath.Join(run, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := services(state)
	if err != nil || len(got) != 2 || got["nova-api"] != 42 || got["redis"] != 43 {
		t.Errorf("%v, %v", got, err)
	}
}
