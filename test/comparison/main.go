// SPDX-License-Identifier: Apache-2.0

// Comparison measures what OSProfiler and OpenTelemetry cost a real OpenStack, and
// what each sees. The README.md says how.
//
//	go run . [flags] measure  measures, or goes on, and writes the page
//	go run . [flags] check    shows that each set-up works
//	go run . [flags] page     writes the page from the table
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	release := flag.String("release", "2026.2", "the `RELEASE` of OpenStack: 2026.2 or zed")
	output := flag.String("output", "../../docs", "the `FOLDER` of comparison.md, with comparison/comparison.csv and the plots")
	quick := flag.Bool("quick", false, "measure only five set-ups, once, and less work")
	seed := flag.Uint64("seed", 1, "the `NUMBER` from which the order of the blocks is made; a run that goes on keeps its own")
	names := flag.String("setups", "", "only the set-ups of these `NAMES`, with commas between them")
	flag.Parse()
	if role := os.Getenv(roleVariable); role == sideRole {
		fail(serveSide(*release))
		return
	} else if role != "" {
		fail(serveRole(role))
		return
	}
	if *release != "2026.2" && *release != "zed" {
		fail(fmt.Errorf("-release is 2026.2 or zed, not %q", *release))
	}
	if flag.NArg() != 1 {
		fail(errors.New("one argument is needed: measure, check or page"))
	}
	chosen, err := chooseSetups(strings.FieldsFunc(*names, func(r rune) bool { return r == ',' || r == ' ' }), *release)
	fail(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	f := facts{seed: *seed, release: *release, quick: *quick, machine: machine()}
	switch flag.Arg(0) {
	case "measure":
		err = measure(ctx, chosen, *output, f)
	case "check":
		err = withRoles(func(roles map[string]int) error { return check(ctx, newCloud(*release), chosen, roles, os.Stdout) })
	case "page":
		err = writePage(*output)
	default:
		err = fmt.Errorf("%q is not measure, check or page", flag.Arg(0))
	}
	fail(err)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "comparison:", err)
		os.Exit(1)
	}
}

// measure measures into a folder, and writes the page.
func measure(ctx context.Context, chosen []setup, output string, f facts) error {
	all := slices.DeleteFunc(slices.Clone(chosen), func(s setup) bool { return f.quick && !s.quick && s.name != nothing })
	if len(all) < 2 || all[0].name != nothing {
		return fmt.Errorf("measure needs the set-up %s and another one", nothing)
	}
	if err := os.MkdirAll(filepath.Join(output, folder), 0o755); err != nil { //nolint:gosec // results are for all to read
		return err
	}
	e := &experiment{setups: all, file: filepath.Join(output, folder, tableName), log: os.Stderr}
	var err error
	if e.table, err = openTable(e.file, f); err != nil {
		return err
	}
	err = withSides(ctx, f.release, func(sides []measured) error {
		b := block{sides: sides, size: fullSize, quick: f.quick, settle: settle}
		if f.quick {
			b.size = quickSize
		}
		e.measure = b.measure
		return e.run(ctx)
	})
	if err != nil {
		return fmt.Errorf("%w\nthe same command goes on after the last block that is whole", err)
	}
	return writePage(output)
}

// withSides runs do with the sides of a block. Each has a cloud in a state folder of its
// own, beside that of the tests.
func withSides(ctx context.Context, release string, do func([]measured) error) (err error) {
	var sides []measured
	for i := range beside + 1 {
		s, failure := startSide(ctx, release, fmt.Sprintf("%s-comparison-%d", newCloud(release).state, i))
		if failure != nil {
			return failure
		}
		defer func() { err = errors.Join(err, s.stop()) }()
		sides = append(sides, s)
	}
	return do(sides)
}

// withRoles runs do with the servers of the comparison.
func withRoles(do func(roles map[string]int) error) error {
	ids := map[string]int{}
	for name := range roles {
		pid, stop, err := startRole(name)
		if err != nil {
			return err
		}
		defer stop()
		ids[name] = pid
	}
	return do(ids)
}

// machine describes the machine.
func machine() string {
	processor := "unknown processor"
	text, _ := os.ReadFile("/proc/cpuinfo") // there is another word for it
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			processor = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
			break
		}
	}
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", processor, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
