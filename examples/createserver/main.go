// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9/logging"

	"github.com/ostrace/ostrace/internal/endpoint"
)

func main() {
	logging.Disable() // go-redis returns its errors as well
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program without the signals. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := newCommand(stdout, stderr)
	command.SetArgs(append([]string{}, args...)) // nil would be those of os.Args
	err := command.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "createserver: %s\n", oneLine(endpoint.RedactIn(err.Error(), args)))
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	return 1
}

// usageError is the error for a mistake on the command line.
type usageError struct{ error }

const seeHelp = "; see createserver --help"

func (e usageError) Unwrap() error { return e.error }
