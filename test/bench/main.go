// SPDX-License-Identifier: Apache-2.0

// Bench compares ostrace with its peers. It writes docs/performance.md, and the
// raw figures of that page, results/*.txt, in Go's benchmark format.
//
//	go run -C test/bench . [-count 25] [-benchtime 30ms]
//
// With -count 0 it measures nothing, and writes the page from the existing raw
// figures.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// The paths are relative to this folder.
const (
	pageFile = "../../docs/performance.md"
	rawDir   = "results"
	// The files that perftest and compare wrote are parts of the page.
	fragmentDir = "../../docs/performance"
)

func main() {
	count := flag.Int("count", 25, "measure everything this number of times, in turn")
	benchtime := flag.Duration("benchtime", 30*time.Millisecond, "run each benchmark for this time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *count, *benchtime); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, count int, benchtime time.Duration) error {
	if count > 0 {
		if err := measure(ctx, count, benchtime); err != nil {
			return err
		}
	}
	measured, err := readResults(rawDir)
	if err != nil {
		return err
	}
	page, err := render(measured, fragmentDir)
	if err != nil {
		return err
	}
	return os.WriteFile(pageFile, page, 0o644) //nolint:gosec // everybody may read it
}
