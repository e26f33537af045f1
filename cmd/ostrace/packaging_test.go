// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

var packageFiles = flag.String("package-files", "", "write the man pages and the completions of shells, for packages, to a folder")

// Packages have a man page for each command with all its flags, and completions for
// three shells.
func TestPackageFiles(t *testing.T) {
	folder := cmp.Or(*packageFiles, t.TempDir())
	command := newCommand(streams{os.Stdin, os.Stdout, os.Stderr})
	command.DisableAutoGenTag = true

	pages := filepath.Join(folder, "man")
	makeFolder(t, pages)
	date := commitTime(t)
	if err := doc.GenManTree(command, &doc.GenManHeader{Section: "1", Source: "ostrace", Manual: "ostrace", Date: &date}, pages); err != nil {
		t.Fatal(err)
	}
	testManPages(t, pages, command)

	completions := filepath.Join(folder, "completions")
	makeFolder(t, completions)
	for file, write := range map[string]func(string) error{
		"ostrace.bash": func(file string) error { return command.GenBashCompletionFileV2(file, true) },
		"_ostrace":     command.GenZshCompletionFile,
		"ostrace.fish": func(file string) error { return command.GenFishCompletionFile(file, true) },
	} {
		file = filepath.Join(completions, file)
		if err := write(file); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(read(t, file), cobra.ShellCompRequestCmd) {
			t.Errorf("%s does not ask ostrace", file)
		}
	}
}

func testManPages(t *testing.T, pages string, command *cobra.Command) {
	t.Helper()
	page := read(t, filepath.Join(pages, strings.ReplaceAll(command.CommandPath(), " ", "-")+".1"))
	if !strings.Contains(page, command.Short) {
		t.Errorf("the page of %s does not say %q", command.CommandPath(), command.Short)
	}
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if name := "--" + f.Name; !f.Hidden && !strings.Contains(strings.ReplaceAll(page, `\-`, "-"), name) {
			t.Errorf("the page of %s has no %s", command.CommandPath(), name)
		}
	})
	for _, c := range command.Commands() {
		if c.IsAvailableCommand() {
			testManPages(t, pages, c)
		}
	}
}

// commitTime returns the time of SOURCE_DATE_EPOCH, or 1970.
func commitTime(t *testing.T) time.Time {
	t.Helper()
	seconds, err := strconv.ParseInt(cmp.Or(os.Getenv("SOURCE_DATE_EPOCH"), "0"), 10, 64)
	if err != nil {
		t.Fatalf("SOURCE_DATE_EPOCH must be seconds since 1970: %v", err)
	}
	return time.Unix(seconds, 0).UTC()
}

func makeFolder(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
}
