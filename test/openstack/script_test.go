// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Any local user who can reach a database could write the files that its user
// can write.
func TestStoresDoNotRunAsRoot(t *testing.T) {
	for _, store := range []string{"mariadb", "redis"} {
		text, err := os.ReadFile(filepath.Join(stateFolder(), "current/run", store+".pid"))
		if err != nil {
			t.Fatal(err)
		}
		process, _, _ := strings.Cut(string(text), " ")
		info, err := os.Stat("/proc/" + process)
		if err != nil {
			t.Fatal(err)
		}
		if info.Sys().(*syscall.Stat_t).Uid == 0 {
			t.Errorf("%s runs as root", store)
		}
	}
}

func TestMariaDBWantsPasswords(t *testing.T) {
	ask := func(args ...string) (string, int) {
		t.Helper()
		stdout, stderr, status := try(t, adminEnv, "mariadb", append([]string{"--no-defaults", "--batch", "--skip-column-names"}, args...)...)
		return stdout + stderr, status
	}
	for _, user := range []string{"root", "mysql", "ostrace-mariadb", "openstack", ""} {
		if output, status := ask("--protocol=tcp", "--host=127.0.0.1", "--user="+user, "--execute=select 1"); status == 0 {
			t.Errorf("%q comes in without a password: %s", user, output)
		}
	}
	password, err := os.ReadFile(filepath.Join(stateFolder(), "current/password"))
	if err != nil {
		t.Fatal(err)
	}
	grants, status := ask("--protocol=tcp", "--host=127.0.0.1", "--user=openstack", "--password="+strings.TrimSpace(string(password)), "--execute=show grants")
	if status != 0 || strings.Contains(grants, "ON *.*") && !strings.Contains(grants, "GRANT USAGE ON *.*") {
		t.Errorf("the services' user may, exit status %d:\n%s", status, grants)
	}
}

func TestPurgeRemovesOnlyItsOwn(t *testing.T) {
	purge := func(folder string) (string, int) {
		t.Helper()
		_, stderr, status := try(t, append(os.Environ(), "OSTRACE_OPENSTACK_STATE="+folder), "./openstack", "down", "--purge")
		return stderr, status
	}
	ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
	for _, folder := range []string{ours, theirs} {
		if err := os.MkdirAll(filepath.Join(folder, "zed"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(ours, ".ostrace-openstack"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if stderr, status := purge(ours); status != 0 {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	if _, err := os.Stat(ours); !os.IsNotExist(err) {
		t.Errorf("its own folder is still there: %v", err)
	}
	stderr, status := purge(theirs)
	if status == 0 || !strings.Contains(stderr, theirs) {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	if _, err := os.Stat(filepath.Join(theirs, "zed")); err != nil {
		t.Errorf("another folder is gone: %v", err)
	}
}

func TestParametersAreChecked(t *testing.T) {
	for argument, says := range map[string]string{
		"RELEASE=yoga":                  "RELEASE is one of: zed 2026.2; not 'yoga'",
		"TRACING=":                      "TRACING is one of: redis",
		"CONCURRENCY_BACKEND=processes": "CONCURRENCY_BACKEND is one of: eventlet",
		"TOKEN_CACHE=maybe":             "TOKEN_CACHE is one of: on off; not 'maybe'",
		"TRACE_SQLALCHEMY=true":         "TRACE_SQLALCHEMY is one of: on off; not 'true'",
		"TRACE_REQUESTS=on":             "TRACE_REQUESTS is one of: off; not 'on'",
		"SAMPLING_RATE=1.01":            "SAMPLING_RATE is a number from 0 to 1, such as 0.01; not '1.01'",
		"SAMPLING_RATE=1%":              "SAMPLING_RATE is a number from 0 to 1",
		"SAMPLING_RATE=-0.5":            "SAMPLING_RATE is a number from 0 to 1",
		"RELEAS=zed":                    "'RELEAS=zed' is not a parameter",
		"zed":                           "'zed' is not a parameter",
	} {
		_, stderr, status := try(t, append(os.Environ(), fmt.Sprintf("OSTRACE_OPENSTACK_STATE=%s/new", t.TempDir())), "./openstack", "up", argument)
		if status == 0 || !strings.Contains(stderr, says) {
			t.Errorf("up %s: exit status %d: %s", argument, status, stderr)
		}
	}
}
