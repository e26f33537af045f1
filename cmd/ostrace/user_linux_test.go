// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// user is a user who runs the program.
type user struct {
	name string
	id   uint32
}

// users returns root, where it can be kept away from the machine's devices, and
// another user. If the tests do not run as root, it returns only the user who
// runs them.
func users() []user {
	if id := os.Geteuid(); id != 0 {
		return []user{{"the tests' user", uint32(id)}}
	}
	another := user{"another user", 61234}
	apart := exec.Command("/bin/true")
	apart.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if apart.Run() != nil {
		return []user{another}
	}
	return []user{{"root", 0}, another}
}

// openDirectory returns a directory that u owns and every user can search.
func (u user) openDirectory(t *testing.T) string {
	t.Helper()
	// Other users can't search the parent of t.TempDir's directory.
	directory, err := os.MkdirTemp("", "ostrace") //nolint:usetesting
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	if err := os.Chmod(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	u.own(t, directory)
	return directory
}

// own gives a file to the user.
func (u user) own(t *testing.T, name string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Lchown(name, int(u.id), int(u.id)); err != nil {
		t.Fatal(err)
	}
}

// ownDevices are shell commands that give a process of root its own /dev, so
// that the tests can't change the machine's.
const ownDevices = `mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 &&
	ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/1 /dev/stdout && ln -s /proc/self/fd/2 /dev/stderr && `

// ostrace returns a process of the program that the user runs from a shell,
// after the command line before. The process fails if the links in /dev for
// standard output are missing at its end.
func (u user) ostrace(t *testing.T, before string, args ...string) *exec.Cmd {
	t.Helper()
	directory := u.openDirectory(t)
	program := filepath.Join(directory, "ostrace")
	copyFile(t, mustExecutable(t), program, 0o755)
	trace := filepath.Join(directory, "trace.json")
	copyFile(t, imageShowFile, trace, 0o644)
	for i, arg := range args {
		if arg == imageShowFile {
			args[i] = trace
		}
	}
	attributes := &syscall.SysProcAttr{}
	switch {
	case u.id == 0:
		attributes.Unshareflags = syscall.CLONE_NEWNS
		before = ownDevices + before
	case os.Geteuid() == 0:
		attributes.Credential = &syscall.Credential{Uid: u.id, Gid: u.id}
	}
	command := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c",
		before + ` && "$0" "$@" && test -L /dev/stdout && test -L /dev/stderr`, program}, args...)...)
	command.Env = append(os.Environ(), "BE_OSTRACE=1")
	command.Dir, command.SysProcAttr = directory, attributes
	return command
}

func mustExecutable(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func copyFile(t *testing.T, from, to string, mode os.FileMode) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Chmod(mode); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
