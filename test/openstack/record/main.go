// SPDX-License-Identifier: Apache-2.0

// Record has clients make requests of the OpenStack that the script of the folder
// above has brought up, and appends what OSProfiler stored of each to a file, in the
// form that points/testdata/recordings.md specifies and the tests of points read.
//
//	test/openstack/openstack up RELEASE=2026.2 CONCURRENCY_BACKEND=threading
//	go run -C test/openstack ./record --output "$PWD/recordings.txt.gz" strangers
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

clean      traces of a cloud whose workers keep none: several clients at once
strangers  traces of a cloud in native threads, whose workers keep the first
           trace that they saw: Nova's are restarted, then the clients come
           one after the other

CLIENT is go, python or list, and for how many seconds it waits: python-3,4,5

`

func main() {
	output := flag.String("output", "", "the `FILE` to append the recordings to, with gzip")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	// Ctrl-C ends the program by ending what waits.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := record(ctx, *output, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "record: %v\n", err)
		os.Exit(1)
	}
}

func record(ctx context.Context, output string, args []string) error {
	if output == "" || len(args) == 0 {
		return errors.New("--output, and clean or strangers, are needed; see record --help")
	}
	kind, ok := kinds[args[0]]
	if !ok {
		return fmt.Errorf("%q is neither clean nor strangers", args[0])
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
		return fmt.Errorf("no OpenStack is up, or it has been brought up half: %w", err)
	}
	if c.keepsTraces() != kind.keepsTraces {
		return fmt.Errorf("%s is not for this cloud, %s: strangers needs CONCURRENCY_BACKEND=threading, clean another one", args[0], c.name())
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
