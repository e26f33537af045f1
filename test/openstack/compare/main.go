// SPDX-License-Identifier: Apache-2.0

// Compare runs createserver and the openstack command on the OpenStack that the
// script of the folder above brings up, in turn and traced. It writes the cost
// of each to cli.csv, and the medians in Markdown to cli.md.
//
//	. /var/lib/ostrace-openstack/openrc
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
	runs := flag.Int("runs", 10, "measure this number of `RUNS`, after one that is not measured")
	output := flag.String("output", ".", "the `FOLDER` to write cli.md and cli.csv to")
	flag.Parse()
	// Ctrl-C ends the running command. Its error ends this program, after that
	// has deleted the servers.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	if err := compare(*runs, *output); err != nil {
		fmt.Fprintf(os.Stderr, "compare: %v\n", err)
		os.Exit(1)
	}
}

func compare(runs int, output string) (err error) {
	if runs < 1 || flag.NArg() > 0 {
		return errors.New("--runs must be at least 1, and there must be no arguments; see compare --help")
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
		if run > 0 { // the first run reads the files from the disk
			all = append(all, results...)
		}
		fmt.Fprintf(os.Stderr, "compare: run %d of %d is done\n", run, runs)
	}
	// The traces are read at the end, because that takes memory: see usage.
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
