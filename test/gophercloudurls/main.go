// SPDX-License-Identifier: Apache-2.0

// Gophercloudurls writes a list of the URLs that gophercloud builds, as test
// data for the path templates of package gophercloudtrace:
//
//	go run ./test/gophercloudurls
//
// It copies gophercloud, in the version of test/newest/go.mod, from the module
// cache, and marks in the copy the parts of each URL that are constants
// of its builder. Then it runs gophercloud's own unit tests, with servers that
// record each request. The go command downloads the modules that those tests
// need.
//
// Each line of the file has four fields: the package, the method, the path that
// was sent, and the pattern by which its builder made it, with {id} for the
// parts that are not constants. The method and the path are "-" for a builder
// that no unit test of gophercloud reaches, and the pattern is "-" for a path
// that no builder made.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ostrace/ostrace/test/gophercloudurls/record"
)

const (
	gophercloud = "github.com/gophercloud/gophercloud/v2"
	recordPath  = gophercloud + "/internal/record"
	newest      = "test/newest"
	output      = "gophercloudtrace/testdata/gophercloud-urls.txt"
)

//go:embed record/record.go
var recordSource []byte

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gophercloudurls:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := outputOf(exec.Command("go", "list", "-m", "-f", "{{.Dir}}"))
	if err != nil {
		return err
	}
	download := exec.Command("go", "mod", "download", "-json", gophercloud)
	download.Dir = filepath.Join(string(bytes.TrimSpace(root)), newest)
	text, err := outputOf(download)
	if err != nil {
		return err
	}
	var module struct{ Version, Dir string }
	if err := json.Unmarshal(text, &module); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "gophercloudurls-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	c := gophercloudCopy{dir: filepath.Join(work, "gophercloud"), records: filepath.Join(work, "records")}
	if err := c.make(module.Dir); err != nil {
		return err
	}
	if err := c.test(); err != nil {
		return err
	}
	lines, err := c.lines()
	if err != nil {
		return err
	}
	header := []string{
		"# What " + gophercloud + " " + module.Version + " builds, written by go run ./test/gophercloudurls:",
		"# the package, the method, the path, and the pattern by which the path was built.",
	}
	text = []byte(strings.Join(slices.Concat(header, lines), "\n") + "\n")
	return os.WriteFile(filepath.Join(string(bytes.TrimSpace(root)), output), text, 0o644) //nolint:gosec // the file is committed
}

// gophercloudCopy is a copy of gophercloud that records its requests.
type gophercloudCopy struct {
	dir, records string
	builders     []*builders
}

func (c *gophercloudCopy) make(source string) error {
	if err := os.MkdirAll(c.records, 0o700); err != nil {
		return err
	}
	if err := os.CopyFS(c.dir, os.DirFS(source)); err != nil {
		return err
	}
	recordDir := filepath.Join(c.dir, "internal", "record")
	if err := os.MkdirAll(recordDir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(recordDir, "record.go"), recordSource, 0o600); err != nil {
		return err
	}
	imports := "; import " + `"` + recordPath + `"`
	for _, edit := range []struct{ file, old, replacement string }{
		{"service_client.go", "package gophercloud\n", "package gophercloud" + imports + "\n"},
		{"service_client.go", `client.ResourceBaseURL() + strings.Join(parts, "/")`, "record.URL(client.ResourceBaseURL(), parts)"},
		{"service_client.go", `"strings"`, `_ "strings"`},
		{"testhelper/http_responses.go", "package testhelper\n", "package testhelper" + imports + "\n"},
		{"testhelper/http_responses.go", "Server(mux)", "Server(record.Handler(mux))"},
	} {
		if err := replace(filepath.Join(c.dir, edit.file), edit.old, edit.replacement); err != nil {
			return err
		}
	}
	return filepath.WalkDir(filepath.Join(c.dir, "openstack"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		b, err := instrument(path)
		c.builders = append(c.builders, b)
		return err
	})
}

// test runs the unit tests of the copy.
func (c *gophercloudCopy) test() error {
	test := exec.Command("go", "test", "-count", "1", "./openstack/...")
	test.Dir = c.dir
	test.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", record.DirectoryVariable+"="+c.records)
	if text, err := test.CombinedOutput(); err != nil {
		return fmt.Errorf("gophercloud's unit tests fail in the copy: %w\n%s", err, text)
	}
	return nil
}

// lines returns the recorded lines, sorted, each once.
func (c *gophercloudCopy) lines() ([]string, error) {
	found, reached := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join(c.records, "*"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for scanner := bufio.NewScanner(bytes.NewReader(content)); scanner.Scan(); {
			fields := strings.Split(scanner.Text(), "\t")
			if strings.Contains(fields[2], c.dir) {
				continue // the template of a stack includes this file
			}
			of, err := c.packageOf(fields[0])
			if err != nil {
				return nil, err
			}
			found[strings.Join(slices.Concat([]string{of}, fields[1:]), "\t")] = true
			reached[of+fields[3]] = true
		}
	}
	for _, b := range c.builders {
		of, err := c.packageOf(b.dir)
		if err != nil {
			return nil, err
		}
		for _, pattern := range b.patterns {
			if !isReached(reached, of, pattern) {
				found[strings.Join([]string{of, "-", "-", pattern}, "\t")] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// packageOf returns the package of a folder. Unit tests of gophercloud are in a
// separate package in the folder testing of the package that they test.
func (c *gophercloudCopy) packageOf(folder string) (string, error) {
	relative, err := filepath.Rel(c.dir, folder)
	return strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(relative), "openstack/"), "/testing"), err
}

// isReached reports whether a request of the package's tests had the pattern.
// The test's client may have put a version in front of it.
func isReached(reached map[string]bool, of, pattern string) bool {
	for key := range reached {
		if strings.HasPrefix(key, of+"/") && strings.HasSuffix(key, pattern) {
			return true
		}
	}
	return false
}

func outputOf(c *exec.Cmd) ([]byte, error) {
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err)
	}
	return text, nil
}
