// SPDX-License-Identifier: Apache-2.0

// Compare runs commands on the OpenStack that test/openstack brings up, behind TLS:
// alone, with ostrace exec, and with mitmproxy, which only forwards their requests.
// It writes all measurements to exec.csv, and the medians, as Markdown, to exec.md.
//
//	go run -C test/exec ./compare --output ../../docs/performance
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/ostrace/ostrace/test/exec/front"
)

func main() {
	runs := flag.Int("runs", 10, "how many `RUNS` to measure, after one that is not counted")
	output := flag.String("output", ".", "the `FOLDER` to write exec.md and exec.csv to")
	flag.Parse()
	if *runs < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "compare: --runs is at least 1, and there are no arguments; see compare --help")
		os.Exit(2)
	}
	os.Exit(front.WithNames(func() int {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		if err := compare(ctx, *runs, *output); err != nil {
			fmt.Fprintf(os.Stderr, "compare: %v\n", err)
			return 1
		}
		return 0
	}))
}

func compare(ctx context.Context, runs int, output string) (err error) {
	if err := os.MkdirAll(output, 0o755); err != nil { //nolint:gosec // everybody may read the results
		return err
	}
	folder, err := os.MkdirTemp("", "compare")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ostrace := filepath.Join(folder, "ostrace")
	build := exec.CommandContext(ctx, "go", "build", "-C", "../../cmd/ostrace", "-tags", "grpcnotrace", "-o", ostrace, ".") //nolint:gosec // the file is in its own folder
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	cloud, err := front.Start(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()
	cloud.Handle("identity.cloud.test/zeros/{size}", zeros{})
	m, err := newMeasurement(folder, cloud, ostrace)
	if err != nil {
		return err
	}

	var all []result
	for run := range runs + 1 {
		results, err := m.turn(ctx, run)
		if err != nil {
			return err
		}
		if run > 0 { // the first one read the files from the disk
			all = append(all, results...)
		}
		fmt.Fprintf(os.Stderr, "compare: run %d of %d is done\n", run, runs)
	}
	return errors.Join(
		write(filepath.Join(output, "exec.csv"), func(w io.Writer) error { return writeCSV(w, all) }),
		write(filepath.Join(output, "exec.md"), func(w io.Writer) error { return writeMarkdown(w, all, runs) }),
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
