// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"cmp"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// adminEnv is the environment of a command that acts as the cloud's admin.
var adminEnv []string

// parameters are the parameters of the running cloud, such as RELEASE=2026.2,
// and the PATH of its programs.
var parameters []string

func findCloud() (err error) {
	if parameters, err = readAssignments("current/etc/parameters"); err != nil {
		return err
	}
	if adminEnv, err = loadOpenrc("openrc"); err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get(lookup(adminEnv, "OS_AUTH_URL"))
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// stateFolder returns the folder in which the openstack script keeps the
// clouds. Its entry "current" is the running cloud.
func stateFolder() string {
	return cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), "/var/lib/ostrace-openstack")
}

// loadOpenrc returns the environment that the file of that name in the state
// folder makes. Of the caller's own environment it has only HOME, so that
// neither another Python nor a proxy disturbs a command.
func loadOpenrc(name string) ([]string, error) {
	assignments, err := readAssignments(name)
	env := []string{"PATH=" + lookup(parameters, "PATH"), "LANG=C.UTF-8", "HOME=" + os.Getenv("HOME")}
	return append(env, assignments...), err
}

// readAssignments returns the NAME=VALUE of each line of a file in the state
// folder, whether or not "export" stands before it.
func readAssignments(name string) (assignments []string, err error) {
	text, err := os.ReadFile(filepath.Join(stateFolder(), name))
	for line := range strings.Lines(string(text)) {
		assignments = append(assignments, strings.TrimPrefix(strings.TrimSpace(line), "export "))
	}
	return assignments, err
}

func lookup(env []string, name string) string {
	for _, assignment := range env {
		if value, ok := strings.CutPrefix(assignment, name+"="); ok {
			return value
		}
	}
	return ""
}

// locate returns the file of a program in the environment's PATH, because the
// cloud has the programs of its release.
func locate(env []string, program string) string {
	if strings.Contains(program, "/") {
		return program
	}
	for _, folder := range filepath.SplitList(lookup(env, "PATH")) {
		file := filepath.Join(folder, program)
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return program
}
