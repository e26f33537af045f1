// SPDX-License-Identifier: Apache-2.0

// Release makes a release of this repository's modules, and publishes the modules of
// a working tree to the go command without a release. RELEASING.md describes how it is
// used. Its commands are
//
//	release proxy                   publish the working tree, and print the environment in which go finds it
//	release proxy -as-release DIR   the same in a new folder, with the version of versions.yaml
//	release tidy [-diff] DIR        run go mod tidy in a module of the working tree
//	release api                     list what changed in the API since the last release
//	release verify                  check that versions.yaml lists all modules
//	release prepare VERSION         make the branch release-VERSION, with the commit to tag
//	release check                   check that the commit HEAD can be tagged
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("the arguments are proxy [-as-release DIR], tidy [-diff] DIR, api, verify, prepare VERSION, or check")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	onlyDiff := flags.Bool("diff", false, "tidy prints the changes, and does not make them")
	as := flags.String("as-release", "", "proxy publishes the working tree with the version of versions.yaml, in this `folder`")
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	top, err := topLevel()
	if err != nil {
		return err
	}
	switch {
	case command == "proxy" && flags.NArg() == 0:
		return printEnvironment(ctx, top, *as, out)
	case command == "tidy" && flags.NArg() == 1:
		return tidy(ctx, top, flags.Arg(0), *onlyDiff, out)
	case command == "api" && flags.NArg() == 0:
		return printAPIChanges(ctx, top, out)
	case command == "verify" && flags.NArg() == 0:
		return verify(ctx, top)
	case command == "prepare" && flags.NArg() == 1:
		return prepare(ctx, top, flags.Arg(0), time.Now().UTC().Format(time.DateOnly), out)
	case command == "check" && flags.NArg() == 0:
		return checkHead(ctx, top, out)
	}
	return errUsage
}
