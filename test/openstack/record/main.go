// SPDX-License-Identifier: Apache-2.0

// Record runs clients on the OpenStack that the script of the folder above has
// brought up. It appends the points that OSProfiler stored for each to a file,
// in the form that points/testdata/recordings.md specifies and the tests of
// points read.
//
//	test/openstack/openstack up RELEASE=2026.2 CONCURRENCY_BACKEND=threading
//	go run -C test/openstack ./record --output "$PWD/recordings.txt.gz" strangers
//
// With changes it changes the cloud in ways whose effect is known, and writes the
// traces of before and after in the form that
// cmd/ostrace/internal/diff/testdata/changes.md specifies.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

const usage = `usage: record --output FILE clean|strangers [CLIENT...]
       record --output FILE [--pairs N] changes

clean      records a cloud whose workers keep no traces, with several clients at once
strangers  records a cloud in native threads, whose workers keep the first trace
           that they have seen: it restarts Nova's workers, and then runs the
           clients one after the other
changes    records a new file for the tests of ostrace diff: the cloud as it is, and
           after each of several changes, which it makes and takes back

CLIENT is go, python or list, and the seconds for which it waits: python-3,4,5

`

func main() {
	output := flag.String("output", "", "append the recordings to `FILE`, with gzip; changes writes it anew")
	pairs := flag.Int("pairs", 20, "record `N` traces after each change, and twice as many without one")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	// Ctrl-C ends everything that waits, and so the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := record(ctx, *output, *pairs, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "record: %v\n", err)
		os.Exit(1)
	}
}

func record(ctx context.Context, output string, pairs int, args []string) error {
	if output == "" || len(args) == 0 {
		return errors.New("give --output, and clean, strangers or changes; see record --help")
	}
	if args[0] == "changes" {
		return recordChanges(ctx, pairs, output)
	}
	kind, ok := kinds[args[0]]
	if !ok {
		return fmt.Errorf("%q is neither clean, strangers nor changes", args[0])
	}
	names := args[1:]
	if len(names) == 0 {
		names = kind.clients
	}
	clients := make([]client, len(names))
	for i, name := range names {
		var err error
		if clients[i], err = parseClient(name); err != nil {
			return err
		}
	}
	c, err := findCloud()
	if err != nil {
		return fmt.Errorf("no OpenStack is up, or only a part of it: %w", err)
	}
	if c.keepsTraces() != kind.keepsTraces {
		return fmt.Errorf("%s can't be recorded on this cloud, %s: strangers needs CONCURRENCY_BACKEND=threading, and clean another one", args[0], c.name())
	}
	file, err := openRecordings(output)
	if err != nil {
		return err
	}
	run, err := newRunner(ctx, c)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(kind.record(ctx, run, clients, file), run.close(), file.Close())
}
