// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Four tasks run at once where a work says so, and one where it does not.
func TestAtOnce(t *testing.T) {
	for _, atOnce := range []int{1, 4} {
		var mu sync.Mutex
		running, most := 0, 0
		full := make(chan struct{})
		one := task(func(_ context.Context, w *worker) error {
			mu.Lock()
			running++
			if most = max(most, running); most == atOnce {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			mu.Unlock()
			<-full
			mu.Lock()
			running--
			mu.Unlock()
			w.note("one", time.Now())
			return nil
		})
		calls, err := (&worker{}).do(t.Context(), work{atOnce: atOnce}, repeat(8, one))
		if err != nil || len(calls) != 8 || most != atOnce {
			t.Errorf("%d at once: %d, %d calls, %v", atOnce, most, len(calls), err)
		}
	}
}

func TestFirstFailureStops(t *testing.T) {
	broken, ran := errors.New("broken"), 0
	tasks := repeat(5, func(context.Context, *worker) error {
		if ran++; ran == 2 {
			return broken
		}
		return nil
	})
	if _, err := (&worker{}).do(t.Context(), work{name: "some", atOnce: 1}, tasks); !errors.Is(err, broken) || ran != 2 {
		t.Errorf("%d tasks ran: %v", ran, err)
	}
}

func TestWorksOfSetups(t *testing.T) {
	names := func(setup string, quick bool) (names []string) {
		s := setupNamed(setup)
		for _, w := range works {
			if w.isFor(s, quick) {
				names = append(names, w.name)
			}
		}
		return names
	}
	if got := names(nothing, false); len(got) != len(works) {
		t.Errorf("the baseline has %q", got)
	}
	if got := names("redis", false); slices.Contains(got, workArticle) || len(got) != len(works)-1 {
		t.Errorf("redis has %q", got)
	}
	if got, want := names("client-0.01", false), []string{workIdle, workList, workServer}; !slices.Equal(got, want) {
		t.Errorf("a set-up with the essential works has %q, want %q", got, want)
	}
	if got, want := names("otlp-requests", false), []string{workIdle, workList, workServer, workArticle}; !slices.Equal(got, want) {
		t.Errorf("a set-up of the article has %q, want %q", got, want)
	}
	if got, want := names(nothing, true), []string{workIdle, workList, workList4, workServer, workCommandList}; !slices.Equal(got, want) {
		t.Errorf("a quick run has %q, want %q", got, want)
	}
}

// fakeOpenStack makes a command that writes its arguments to a file, and fails for
// those that begin with the given words.
func fakeOpenStack(t *testing.T, fails string) (c command, log func() []string) {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "log")
	script := "#!/bin/sh\necho \"$@\" >>" + file + "\ncase \"$*\" in \"" + fails + "\"*) exit 1 ;; esac\n"
	if err := os.WriteFile(filepath.Join(folder, "openstack"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return newCommand(setup{headers: noHeaders}, environment{"PATH=" + folder + ":/usr/bin:/bin"}), func() []string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

func TestArticle(t *testing.T) {
	c, log := fakeOpenStack(t, "nothing")
	if err := article(t.Context(), c, "x-1"); err != nil {
		t.Fatal(err)
	}
	lines := log()
	if len(lines) != len(articleSteps)-2+2*len(articleLists) {
		t.Errorf("%d commands", len(lines))
	}
	for kind, created := range map[string]string{"image": "image create", "server": "server create", "network": "network create", "subnet": "subnet create x-1", "security group": "security group create"} {
		begin := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, created) })
		end := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, kind+" delete") })
		if begin < 0 || end < begin || !strings.HasSuffix(lines[end], "x-1") {
			t.Errorf("%s: created in line %d, deleted in line %d", kind, begin, end)
		}
	}
}

// After a failure everything is deleted that may be there.
func TestArticleFails(t *testing.T) {
	c, log := fakeOpenStack(t, "server create")
	err := article(t.Context(), c, "x-1")
	if err == nil || !strings.Contains(err.Error(), "openstack server create") {
		t.Errorf("%v", err)
	}
	lines := log()
	if got, want := lines[len(lines)-5:], []string{"server delete --wait x-1", "security group delete x-1", "subnet delete x-1", "network delete x-1", "image delete x-1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestCommandOfSetups(t *testing.T) {
	env := environment{"PATH=/nowhere"}
	if c := newCommand(setup{headers: signedHeaders}, env); !slices.Equal(c.args, []string{"--os-profile", secretKey}) {
		t.Errorf("%q", c.args)
	}
	if c := newCommand(setup{headers: w3cHeaders}, env); len(c.args) > 0 || len(c.env) != 1 {
		t.Errorf("%q, %q", c.args, c.env)
	}
	if c := newCommand(setup{gateway: true}, env); c.env.lookup("http_proxy") != "http://127.0.0.1:4319" {
		t.Errorf("%q", c.env)
	}
}

func TestAdmin(t *testing.T) {
	state := t.TempDir()
	if err := os.MkdirAll(filepath.Join(state, "current/etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"current/etc/parameters": "RELEASE=2026.2\nPATH=/venv/bin:/bin\n", "openrc": "# the admin\nexport OS_USERNAME=admin\nexport OS_AUTH_URL=http://127.0.0.1:5000/v3\n",
	} {
		if err := os.WriteFile(filepath.Join(state, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env, err := admin(state)
	if err != nil || env.lookup("PATH") != "/venv/bin:/bin" || env.lookup("OS_USERNAME") != "admin" || env.lookup("RELEASE") != "" {
		t.Errorf("%q, %v", env, err)
	}
}
