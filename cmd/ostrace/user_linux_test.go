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

// user is somebody who runs the program.
type user struct {
	name string
	id   uint32
}

// users are root, where it can be kept from the machine's devices, and somebody
// else; or who runs the tests, if that is not root.
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

// openDirectory returns a directory that every user can search and u owns.
func (u user) openDirectory(t *testing.T) string {
	t.Helper()
	// t.TempDir's is in one that others can't search.
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

// ownDevices are a shell's commands that give a process of root a /dev of its own,
// so that the machine's is safe from what is tested.
const ownDevices = `mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 &&
	ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/1 /dev/stdout && ln -s /proc/self/fd/2 /dev/stderr && `

// ostrace returns a process of the program that the user runs from a shell, after
// the shell's command line before. It fails where there are no links in /dev for
// its standard output in the end.
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
