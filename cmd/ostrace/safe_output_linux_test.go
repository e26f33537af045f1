// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// While it is written, a file is beside its target, and only its user can read
// it.
func TestOutputIsPrivateWhileItIsWritten(t *testing.T) {
	directory, temporary := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	name := filepath.Join(directory, "trace.json")
	err := writeOutput(t.Context(), name, io.Discard, func(w io.Writer) error {
		files, err := os.ReadDir(directory)
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, %v", files, err)
		}
		if info, err := files[0].Info(); err != nil || info.Mode() != 0o600 || info.Name() == filepath.Base(name) {
			t.Errorf("%v, %v", info, err)
		}
		if files, err := os.ReadDir(temporary); err != nil || len(files) > 0 {
			t.Errorf("in TMPDIR: %v, %v", files, err)
		}
		_, err = w.Write([]byte("after"))
		return err
	})
	if err != nil || read(t, name) != "after" {
		t.Errorf("%q, %v", read(t, name), err)
	}
}

// A finished file has the mode of the old file, or that of any new file.
func TestOutputMode(t *testing.T) {
	for _, u := range users() {
		for _, test := range []struct{ umask, before, want os.FileMode }{
			{0o022, 0, 0o644},
			{0o077, 0, 0o600},
			{0o002, 0, 0o664},
			{0o022, 0o600, 0o600},
			{0o077, 0o664, 0o664},
			{0o022, 0o444, 0o444},
		} {
			t.Run(fmt.Sprintf("%s, umask %o, before %o", u.name, test.umask, test.before), func(t *testing.T) {
				name := filepath.Join(u.openDirectory(t), "trace.dot")
				if test.before != 0 {
					copyFile(t, imageShowFile, name, test.before)
					u.own(t, name)
				}
				command := u.ostrace(t, fmt.Sprintf("umask %o", test.umask), "show", "--dot", imageShowFile, "-o", name)
				if text, err := command.CombinedOutput(); err != nil {
					t.Fatalf("%v, %s", err, text)
				}
				info, err := os.Stat(name)
				if err != nil || info.Mode() != test.want || info.Sys().(*syscall.Stat_t).Uid != u.id {
					t.Errorf("%v, %v, want %v of %d", info, err, test.want, u.id)
				}
			})
		}
	}
}

// A file of another user to which root writes still belongs to that user.
func TestOutputKeepsTheOwner(t *testing.T) {
	owner := users()[len(users())-1]
	name := filepath.Join(owner.openDirectory(t), "trace.dot")
	copyFile(t, imageShowFile, name, 0o640)
	owner.own(t, name)
	must(t, "show", "--dot", imageShowFile, "-o", name)
	info, err := os.Stat(name)
	if err != nil || info.Mode() != 0o640 {
		t.Fatalf("%v, %v", info, err)
	}
	if of := info.Sys().(*syscall.Stat_t); of.Uid != owner.id || os.Geteuid() == 0 && of.Gid != owner.id {
		t.Errorf("of %d:%d, want %d", of.Uid, of.Gid, owner.id)
	}
}

// A file that can't be left to its group is not opened to another one.
func TestOutputToAnotherGroup(t *testing.T) {
	for _, u := range users() {
		name := filepath.Join(u.openDirectory(t), "trace.dot")
		copyFile(t, imageShowFile, name, 0o664) // of the user who runs the tests
		if text, err := u.ostrace(t, "true", "show", "--dot", imageShowFile, "-o", name).CombinedOutput(); err != nil {
			t.Fatalf("%v, %s", err, text)
		}
		want := os.FileMode(0o664)
		if u.id != uint32(os.Geteuid()) {
			want = 0o604
		}
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", u.name, info, err)
		}
	}
}

// A name that means an open file is written to at that file's position, and is
// not replaced.
func TestOutputToDescriptors(t *testing.T) {
	for _, u := range users() {
		for _, name := range []string{"/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/1", "/dev/fd/3"} {
			t.Run(u.name+", "+name, func(t *testing.T) {
				directory := u.openDirectory(t)
				log := filepath.Join(directory, "log")
				if err := os.WriteFile(log, []byte("before\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				file, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				command := u.ostrace(t, "true", "show", "--dot", imageShowFile, "-o", name)
				switch name {
				case "/dev/fd/3":
					command.ExtraFiles = []*os.File{file}
				case "/dev/stderr":
					command.Stderr = file
				default:
					command.Stdout = file
				}
				if err := command.Run(); err != nil {
					t.Fatal(err)
				}
				if text := read(t, log); !strings.HasPrefix(text, "before\ndigraph") {
					t.Errorf("%.40q", text)
				}
				if files, _ := os.ReadDir(directory); len(files) != 1 {
					t.Errorf("left behind: %v", files)
				}
			})
		}
	}
}

// A device is written to, and is not replaced.
func TestOutputToDevice(t *testing.T) {
	device := nullDevice(t)
	must(t, "show", "--dot", imageShowFile, "-o", device)
	if info, err := os.Stat(device); err != nil || info.Mode().IsRegular() {
		t.Error("the null device has been replaced")
	}
}

// nullDevice returns a null device. Where this user could replace the machine's
// own null device, it is another one.
func nullDevice(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return os.DevNull
	}
	name := filepath.Join(t.TempDir(), "null")
	if err := syscall.Mknod(name, syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Fatal(err)
	}
	return name
}

// A pipe is written to, and is not replaced. Ctrl-C ends the wait for its
// reader.
func TestOutputToPipe(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			name := filepath.Join(u.openDirectory(t), "pipe")
			if err := syscall.Mkfifo(name, 0o600); err != nil {
				t.Fatal(err)
			}
			u.own(t, name)
			reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := u.ostrace(t, "true", "show", "--dot", imageShowFile, "-o", name).CombinedOutput(); err != nil {
				t.Errorf("%v, %s", err, text)
			}
			text := make([]byte, 7) // the pipe holds all of it
			if _, err := io.ReadFull(reader, text); err != nil || string(text) != "digraph" {
				t.Errorf("%q, %v", text, err)
			}
			_ = reader.Close()
			if info, err := os.Lstat(name); err != nil || info.Mode().Type() != os.ModeNamedPipe {
				t.Errorf("%v, %v", info, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := writeDevice(ctx, name, func(io.Writer) error { return nil }); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			reader, err = os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // this ends the process if it still waits
			if err != nil {
				t.Fatal(err)
			}
			_ = reader.Close()
		})
	}
}

// slowOutput starts such a process, in a shell that ran a command line before.
func slowOutput(t *testing.T, name, before string) (command *exec.Cmd, in io.Closer) {
	t.Helper()
	command = exec.CommandContext(t.Context(), "/bin/sh", "-c", before+`; exec "$0"`, mustExecutable(t))
	command.Env = append(os.Environ(), "BE_SLOW_OUTPUT="+name)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("written\n"))); err != nil {
		t.Fatal(err)
	}
	return command, in
}

// A signal removes the temporary file at once, before a second one ends the
// program.
func TestSignalsLeaveNoFile(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			// A signal that is caught here is not ignored by the program, also where
			// the tests themselves run under nohup.
			caught := make(chan os.Signal, 1)
			signal.Notify(caught, s)
			defer signal.Stop(caught)
			directory := t.TempDir()
			command, in := slowOutput(t, filepath.Join(directory, "trace.html"), "true")
			defer in.Close()
			if files, err := os.ReadDir(directory); err != nil || len(files) != 1 {
				t.Fatalf("%v, %v", files, err)
			}
			if err := command.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			files, err := os.ReadDir(directory)
			for ; len(files) > 0 && ctx.Err() == nil; files, err = os.ReadDir(directory) {
			}
			if err != nil || len(files) > 0 {
				t.Errorf("left behind: %v, %v", files, err)
			}
			_ = in.Close()
			if err := command.Wait(); err == nil {
				t.Error("the program succeeded")
			}
			if files, _ := os.ReadDir(directory); len(files) > 0 {
				t.Errorf("left behind in the end: %v", files)
			}
		})
	}
}

// With nohup, a program outlives its terminal.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	name := filepath.Join(t.TempDir(), "trace.html")
	command, in := slowOutput(t, name, `trap "" HUP`)
	if err := command.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	if err := command.Wait(); err != nil || read(t, name) != "after" {
		t.Errorf("%v", err)
	}
}

// Links are followed. In a directory to which everybody can write, only links
// of the user and of the directory's owner are followed.
func TestOutputFollowsLinks(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			mine := u.openDirectory(t)
			shared := user{"root", 0}.openDirectory(t)
			if err := os.Chmod(shared, 0o777|os.ModeSticky); err != nil {
				t.Fatal(err)
			}
			const before = "before"
			target := filepath.Join(mine, "trace.dot")
			link := func(by user, directory, to string) string {
				name := filepath.Join(directory, "link"+strconv.Itoa(int(by.id)))
				_ = os.Remove(name)
				if err := os.Symlink(to, name); err != nil {
					t.Fatal(err)
				}
				by.own(t, name)
				return name
			}
			relative, err := filepath.Rel(mine, target)
			if err != nil {
				t.Fatal(err)
			}
			type example struct {
				link   string
				wanted bool
			}
			examples := map[string]func() example{
				"an own link":            func() example { return example{link(u, mine, target), true} },
				"a relative one":         func() example { return example{link(u, mine, relative), true} },
				"one that is in a chain": func() example { return example{link(u, shared, link(u, mine, target)), true} },
				"an own one in /tmp":     func() example { return example{link(u, shared, target), true} },
			}
			if os.Geteuid() == 0 {
				stranger := user{"a stranger", 61235}
				examples["one of /tmp's owner"] = func() example { return example{link(user{"root", 0}, shared, target), true} }
				examples["one of a stranger"] = func() example { return example{link(stranger, shared, target), false} }
				examples["a stranger's in a chain"] = func() example { return example{link(u, mine, link(stranger, shared, target)), false} }
				examples["a stranger's elsewhere"] = func() example { return example{link(stranger, mine, target), true} }
			}
			for name, example := range examples {
				for _, exists := range []bool{true, false} {
					_ = os.Remove(target)
					if exists {
						if err := os.WriteFile(target, []byte(before), 0o644); err != nil {
							t.Fatal(err)
						}
						u.own(t, target)
					}
					e := example()
					output, err := u.ostrace(t, "true", "show", "--dot", imageShowFile, "-o", e.link).CombinedOutput()
					text, _ := os.ReadFile(target)
					switch {
					case e.wanted && (err != nil || !strings.HasPrefix(string(text), "digraph")):
						t.Errorf("%s, there: %v: %v, %s, the file has %.20q", name, exists, err, output, text)
					case !e.wanted && (err == nil || exists && string(text) != before || !exists && text != nil ||
						!strings.Contains(string(output), "is a symbolic link of another user")):
						t.Errorf("%s, there: %v: it was followed: %v, %s, the file has %.20q", name, exists, err, output, text)
					}
					if info, err := os.Lstat(e.link); err != nil || info.Mode().Type() != os.ModeSymlink {
						t.Errorf("%s: the link is gone: %v, %v", name, info, err)
					}
				}
			}
			loop := link(u, mine, filepath.Join(mine, "link"+strconv.Itoa(int(u.id))))
			if _, stderr, status := call(t, "show", "--dot", imageShowFile, "-o", loop); status != exitFailure || !strings.Contains(stderr, "too many levels of symbolic links") {
				t.Errorf("a loop: status %d, %s", status, stderr)
			}
		})
	}
}
