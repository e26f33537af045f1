// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// startExec starts ostrace exec with a shell script. It returns the process, the
// output of the script, and the output of ostrace.
func startExec(t *testing.T, flags []string, script string) (*exec.Cmd, *bufio.Reader, *bytes.Buffer) {
	t.Helper()
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	t.Setenv("OS_CLOUD", "")
	command := ostrace(t, execArgs(flags, "sh", "-c", script)...)
	in, err := command.StdinPipe() // it stays empty until the test ends
	if err != nil {
		t.Fatal(err)
	}
	out, stderr := startWithOutput(t, command)
	t.Cleanup(func() { _ = in.Close() })
	return command, out, stderr
}

func startWithOutput(t *testing.T, command *exec.Cmd) (*bufio.Reader, *bytes.Buffer) {
	t.Helper()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	return bufio.NewReader(out), &stderr
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	text, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(text, "\n")
}

// wait returns the exit status that a shell would show.
func wait(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	err := command.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	if status := command.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return command.ProcessState.ExitCode()
}

// The program gets the signals, and ostrace ends in the same way as the program.
func TestExecSignals(t *testing.T) {
	for _, s := range handled {
		number := s.(syscall.Signal)
		name := strings.TrimPrefix(unix.SignalName(number), "SIG")
		t.Run(name, func(t *testing.T) {
			command, out, stderr := startExec(t, nil, fmt.Sprintf("trap 'echo got %s; exit 7' %s; echo ready; while :; do sleep 0.05; done", name, name))
			line(t, out)
			if err := command.Process.Signal(number); err != nil {
				t.Fatal(err)
			}
			if got := line(t, out); got != "got "+name {
				t.Errorf("got %q", got)
			}
			if status := wait(t, command); status != 7 || !strings.Contains(stderr.String(), "no request to the cloud") {
				t.Errorf("status %d\n%s", status, stderr)
			}
		})
	}
}

func TestExecEndedBySignal(t *testing.T) {
	for _, number := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGABRT} {
		command, _, stderr := startExec(t, nil, fmt.Sprintf("ulimit -c 0; kill -%d $$", int(number)))
		if status := wait(t, command); status != 128+int(number) || !strings.Contains(stderr.String(), "no request to the cloud") {
			t.Errorf("signal %d: status %d\n%s", int(number), status, stderr)
		}
	}
}

// Ctrl-C in a terminal reaches the program once.
func TestExecCtrlC(t *testing.T) {
	terminal, name := openTerminal(t)
	command, out := startExecIn(t, name, "trap 'echo interrupted' INT; echo ready; until read a; do :; done; echo end")
	line(t, out)
	for range 3 {
		_, _ = io.WriteString(terminal, "\x03")
		if got := line(t, out); got != "interrupted" {
			t.Errorf("got %q", got)
		}
	}
	_, _ = io.WriteString(terminal, "a\n")
	if got := line(t, out); got != "end" {
		t.Errorf("then got %q", got)
	}
	if status := wait(t, command); status != 0 {
		t.Errorf("status %d", status)
	}
}

// openTerminal returns a pseudo terminal, and the name of its other side.
func openTerminal(t *testing.T) (*os.File, string) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return terminal, "/dev/pts/" + strconv.Itoa(number)
}

func startExecIn(t *testing.T, terminal, script string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	other, err := os.OpenFile(terminal, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	t.Setenv("OS_CLOUD", "")
	command := ostrace(t, execArgs(nil, "sh", "-c", script)...)
	command.Stdin = other
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	out, _ := startWithOutput(t, command)
	return command, out
}

// The files for the program are gone when ostrace has ended, however it ended.
func TestExecKilled(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	ca := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(ca, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(folder, "clouds.yaml")
	if err := os.WriteFile(config, []byte("clouds: {mine: {cacert: "+ca+", auth: {password: SECRET}}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OS_CLIENT_CONFIG_FILE", config)
	command, out, _ := startExec(t, nil, "echo $SSL_CERT_FILE; echo $OS_CLIENT_CONFIG_FILE; read end")
	in := []string{line(t, out), line(t, out)}
	for _, name := range in {
		if content, err := os.ReadFile(name); err != nil || len(content) == 0 {
			t.Errorf("%s has %q, %v", name, content, err)
		}
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = command.Process.Wait() // this does not wait for the program, which goes on
	for _, name := range in {
		if content, err := os.ReadFile(name); !os.IsNotExist(err) {
			t.Errorf("%s has %q, %v", name, content, err)
		}
	}
}

func TestExecLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	command, out, _ := startExec(t, nil, "echo $SSL_CERT_FILE")
	if name := line(t, out); !strings.HasPrefix(name, folder) {
		t.Errorf("the bundle is %s", name)
	}
	if status := wait(t, command); status != 0 {
		t.Errorf("status %d", status)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left is %v, %v", left, err)
	}
}

// The program's environment does not have the key. No command line shows the key or
// the proxy's password, and ostrace does not print them.
func TestExecSecrets(t *testing.T) {
	t.Setenv("OS_PROFILE", "SECRET_KEY")
	t.Setenv("OS_PROFILER__HMAC_KEYS", "SECRET_KEY")
	command, out, stderr := startExec(t, []string{"--os-profile-file", keyFile(t)}, "echo $HTTPS_PROXY; env | tr '\\n' ' '; echo; read end")
	proxy, environ := line(t, out), line(t, out)
	if strings.Contains(environ, "SECRET_KEY") {
		t.Errorf("the program's environment is %s", environ)
	}
	_, rest, _ := strings.Cut(proxy, "ostrace:")
	password, _, _ := strings.Cut(rest, "@")
	if len(password) != 32 {
		t.Fatalf("the proxy is %s", proxy)
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range processes {
		if content, _ := os.ReadFile(name); strings.Contains(string(content), password) {
			t.Errorf("%s is %q", name, content)
		}
	}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", command.Process.Pid))
	if err != nil || strings.Contains(string(content), "SECRET_KEY") {
		t.Errorf("ostrace's command line is %q, %v", content, err)
	}
	_ = command.Process.Signal(syscall.SIGTERM)
	_ = command.Wait()
	if strings.Contains(stderr.String(), password) || strings.Contains(stderr.String(), "SECRET_KEY") {
		t.Errorf("ostrace said\n%s", stderr)
	}
}

// A run that is not traced runs only the program itself, without a key.
func TestExecNotSampled(t *testing.T) {
	t.Setenv("OS_PROFILE", "SECRET_KEY")
	command, out, stderr := startExec(t, []string{"--sample", "0"}, "echo $$ proxy=$HTTPS_PROXY profile=$OS_PROFILE parent=$TRACEPARENT; exit 6")
	if got, want := line(t, out), fmt.Sprintf("%d proxy= profile= parent=", command.Process.Pid); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if status := wait(t, command); status != 6 || stderr.Len() > 0 {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// A program's name is a file's, which need not be UTF-8: a back end would refuse
// all spans.
func TestExecNameThatIsNotUTF8(t *testing.T) {
	simulated(t)
	b := newBackend(t)
	command := commandLine(t, "get")
	name := filepath.Join(t.TempDir(), "e\xffnv")
	if err := os.Symlink(command[0], name); err != nil {
		t.Fatal(err)
	}
	command[0] = name
	_, stderr, status := call(t, execArgs([]string{"--otlp-endpoint", b.URL}, command...)...)
	if status != 0 || len(b.spans) != 2 {
		t.Errorf("status %d, %d spans\n%s", status, len(b.spans), stderr)
	}
}

func TestExecNotExecutable(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	_, stderr, status := call(t, execArgs(nil, write(t, "no program"))...)
	if status != exitNotExecutable || !strings.Contains(stderr, "permission denied") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
