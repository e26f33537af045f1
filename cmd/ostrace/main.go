// SPDX-License-Identifier: Apache-2.0

// Ostrace shows the traces that OSProfiler stored, as a tree in the terminal,
// as an HTML page or as JSON, and exports them to any OpenTelemetry back end.
// See docs/ostrace/ostrace.md.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"github.com/redis/go-redis/v9/logging"

	"github.com/ostrace/ostrace/internal/endpoint"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/waterfall"
)

// The exit statuses, which the help describes.
const (
	exitNotFound = 1
	exitProblems = 1
	exitFailure  = 2
)

func main() {
	logging.Disable() // go-redis returns its errors as well
	ctx, stop := untilSignal()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// untilSignal returns a context that ends with the first signal that ends
// programs. Signals that were ignored when the program started, as with nohup,
// stay ignored.
func untilSignal() (context.Context, context.CancelFunc) {
	var signals []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	if len(signals) == 0 { // without any, NotifyContext would take all signals
		return context.WithCancel(context.Background())
	}
	return signal.NotifyContext(context.Background(), signals...)
}

// streams are the program's standard input, output and error.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program without the signals. It returns the exit status.
func run(ctx context.Context, args []string, s streams) int {
	command := newCommand(s)
	help := &failing{w: s.out}
	command.SetOut(help)
	command.SetArgs(append([]string{}, args...)) // nil would be those of os.Args
	err := cmp.Or(command.ExecuteContext(ctx), help.err)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && !isExec(err):
		err = errors.New("interrupted")
	}
	if ended, ok := errors.AsType[*endedError](err); ok {
		ended.end()
		return ended.status
	}
	if errors.Is(err, errProblems) {
		return exitProblems
	}
	say(s.err, endpoint.RedactIn(err.Error(), args))
	if several, ok := errors.AsType[*ambiguousError](err); ok {
		several.list(s.err)
	}
	if failed, ok := errors.AsType[*execError](err); ok {
		return failed.status
	}
	if errors.Is(err, points.ErrNotFound) || errors.Is(err, waterfall.ErrNoMatch) {
		return exitNotFound
	}
	return exitFailure
}

// failing keeps the first error of a writer, which cobra drops when it writes help.
type failing struct {
	w   io.Writer
	err error
}

func (f *failing) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.err = cmp.Or(f.err, err)
	return n, err
}

// say writes one line for the user. No text from a store or a file can control
// the terminal in it.
func say(stderr io.Writer, text string) {
	fmt.Fprintf(stderr, "ostrace: %s\n", oneLine(text))
}

// oneLine returns a text as one line that can't control the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.Join(strings.Fields(text), " "))
}
