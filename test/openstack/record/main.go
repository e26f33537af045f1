// SPDX-License-Identifier: Apache-2.0

// Record has the OpenStack that the script of the folder above has brought up do
// what clients do, and writes what OSProfiler stored of it: recordings, one JSON
// object each, that tests elsewhere read. See Recording for what is in them.
//
//	test/openstack/openstack up RELEASE=2026.2
//	go run -C test/openstack ./record --output ../../points/testdata/recorded clean
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

const usage = `usage: record [flags] clean|strangers

clean      clients whose traces are whole: servers, lists, volumes, and clients
           that wait between their requests
strangers  traces of a cloud in native threads, whose workers keep the first
           trace that they saw: such a trace, and those that come after it

`

func main() {
	output := flag.String("output", ".", "the `FOLDER` to write the recordings to")
	count := flag.Int("count", 20, "how many `ROUNDS`: a round of clean is one recording of each kind of client, one of strangers is a start of Nova's services")
	longest := flag.Duration("longest", 40*time.Second, "the longest `WAIT` of a client between its requests")
	raw := flag.String("raw", "", "the `FOLDER` to write the notifications to as they were stored, too")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	// Ctrl-C ends the program by ending what waits.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	if err := record(ctx, flag.Arg(0), *output, *raw, *count, *longest); err != nil {
		fmt.Fprintf(os.Stderr, "record: %v\n", err)
		os.Exit(1)
	}
}

func record(ctx context.Context, kind, output, raw string, count int, longest time.Duration) error {
	rounds, ok := map[string]func(context.Context, *cloud, int, time.Duration) error{
		"clean": recordClean, "strangers": recordStrangers,
	}[kind]
	if !ok || flag.NArg() != 1 {
		return errors.New("one argument is needed, clean or strangers; see record --help")
	}
	c, err := findCloud(ctx)
	if err != nil {
		return fmt.Errorf("no OpenStack is up, or it has been brought up half: %w", err)
	}
	c.output = filepath.Join(output, c.parameters["RELEASE"]+"-"+c.parameters["CONCURRENCY_BACKEND"])
	c.raw = raw
	if err := os.MkdirAll(c.output, 0o755); err != nil { //nolint:gosec // recordings are for all to read
		return err
	}
	return rounds(ctx, c, count, longest)
}
