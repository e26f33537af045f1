// SPDX-License-Identifier: Apache-2.0

// Compare runs createserver and the openstack command on the OpenStack that the
// script of the folder above brings up, in turn and traced, and writes what each
// took: cli.csv, and cli.md, which has the medians in Markdown.
//
//	. ~/.cache/ostrace-openstack/openrc
//	go run -C test/openstack ./compare --output ../../docs/performance
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	runs := flag.Int("runs", 10, "how many `RUNS` to measure, after one that is not counted")
	output := flag.String("output", ".", "the `FOLDER` to write cli.md and cli.csv to")
	flag.Parse()
	// Ctrl-C ends the command that is running, and with its error this program,
	// once it has deleted the servers.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	if err := compare(*runs, *output); err != nil {
		fmt.Fprintf(os.Stderr, "compare: %v\n", err)
		os.Exit(1)
	}
}

func compare(runs int, output string) (err error) {
	if runs < 1 || flag.NArg() > 0 {
		return errors.New("--runs is at least 1, and there are no arguments; see compare --help")
	}
	if os.Getenv("OS_AUTH_URL") == "" {
		return errors.New("OS_AUTH_URL is not set: source the openrc file that test/openstack/openstack made")
	}
	if err := os.MkdirAll(output, 0o755); err != nil { //nolint:gosec // results are for all to read
		return err
	}
	createServer, err := buildCreateServer()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(createServer))) }()

	var all []result
	for run := range runs + 1 {
		results, err := turn(run, createServer)
		if err != nil {
			return err
		}
		if run > 0 { // the first one read the files from the disk
			all = append(all, results...)
		}
		fmt.Fprintf(os.Stderr, "compare: run %d of %d is done\n", run, runs)
	}
	// Only now, as reading a trace takes memory: see usage.
	for i := range all {
		if all[i].requests, err = requestsOf(all[i].baseID); err != nil {
			return err
		}
	}
	return errors.Join(
		write(filepath.Join(output, "cli.csv"), func(w io.Writer) error { return writeCSV(w, all) }),
		write(filepath.Join(output, "cli.md"), func(w io.Writer) error { return writeMarkdown(w, all, runs) }),
		writeMarkdown(os.Stdout, all, runs),
	)
}

func write(name string, content func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(content(file), file.Close())
}

func buildCreateServer() (string, error) {
	folder, err := os.MkdirTemp("", "compare")
	if err != nil {
		return "", err
	}
	program := filepath.Join(folder, "createserver")
	if output, err := exec.Command("go", "build", "-C", "../../examples", "-o", program, "./createserver").CombinedOutput(); err != nil { //nolint:gosec // a folder of its own
		return "", errors.Join(fmt.Errorf("%w\n%s", err, output), os.RemoveAll(folder))
	}
	return program, nil
}
