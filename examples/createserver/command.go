// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/osprofile"
)

// options are the options of the command line.
type options struct {
	profile osprofile.Profile
	cloud   string
	image   string
	flavor  string
	network string
	name    string
	keep    bool
	timeout time.Duration
	output  string

	connectionString string
}

var outputs = []string{"tree", "json"}

// fillIn chooses the options that are not given, for the simulated cloud.
func (o *options) fillIn() error {
	o.image = cmp.Or(o.image, "tiny")
	o.flavor = cmp.Or(o.flavor, "m1.nano")
	o.network = cmp.Or(o.network, "net1")
	if o.profile.Given() {
		return nil
	}
	return o.profile.KeyFlag().Set(simulatedKey)
}

// missing returns the flags that are needed and not given.
func (o *options) missing() []string {
	var missing []string
	for _, flag := range []struct{ name, value string }{{"--image", o.image}, {"--flavor", o.flavor}, {"--network", o.network}} {
		if flag.value == "" {
			missing = append(missing, flag.name)
		}
	}
	return missing
}

func newCommand(stdout, stderr io.Writer) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "createserver",
		Short: "Create a server on OpenStack, and draw the trace of it",
		Long: `Create a server on OpenStack, wait until it is ACTIVE, delete it, and draw the
trace of this work.

The cloud is the one that --os-cloud or OS_CLOUD names in clouds.yaml, or else
that of OS_AUTH_URL and the other variables of an openrc file. Without any of them
it is a simulated cloud inside the program, which accepts any key.

OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT and OpenTelemetry's other
variables send the spans to a back end as well. The exporter "console" writes to
standard error.

With --connection-string, the trace also has the points that the services stored.
The program's own spans are stored beside them, for ostrace and osprofiler trace
show.

Ctrl-C deletes the server and draws the trace so far; a second Ctrl-C ends the
program at once. The exit status is 0 when everything went well, 1 when something
failed, and 2 when the command line was wrong.`,
		Example: `  createserver
  createserver --os-cloud mycloud --image cirros --flavor m1.tiny --network private
  createserver --os-profile-file key --image cirros --flavor m1.tiny --network none --keep
  createserver --os-profile-file key --connection-string redis://localhost:6379 --os-cloud mycloud --image cirros --flavor m1.tiny --network auto`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unexpected argument %q"+seeHelp, args[0])}
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if !slices.Contains(outputs, o.output) {
				return usageError{fmt.Errorf("--output must be %s, not %q", strings.Join(outputs, " or "), o.output)}
			}
			if o.name == "" {
				return usageError{errors.New("--name is empty" + seeHelp)}
			}
			if o.timeout <= 0 {
				return usageError{fmt.Errorf("--timeout must be a positive duration such as 5m, not %s", o.timeout)}
			}
			return createServer(command.Context(), &o, stdout, stderr)
		},
	}
	command.SetOut(stdout)
	command.SetErr(stderr)
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{fmt.Errorf("%w"+seeHelp, err)} })

	flags := command.Flags()
	flags.SortFlags = false
	flags.Var(o.profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
	flags.Var(o.profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
	flags.Var(o.profile.DigestFlag(), osprofile.DigestFlagName, osprofile.DigestFlagUsage)
	flags.StringVar(&o.cloud, "os-cloud", os.Getenv("OS_CLOUD"), "the `NAME` of a cloud in clouds.yaml (environment: OS_CLOUD)")
	flags.StringVar(&o.image, "image", "", "the `NAME` or id of the image")
	flags.StringVar(&o.flavor, "flavor", "", "the `NAME` or id of the flavor")
	flags.StringVar(&o.network, "network", "", "the `NAME` or id of the network; \"none\" or \"auto\" as Nova understands them")
	flags.StringVar(&o.name, "name", "createserver", "the `NAME` of the server")
	flags.BoolVar(&o.keep, "keep", false, "do not delete the server once it is ACTIVE")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "the `DURATION` within which the server must be ACTIVE")
	flags.StringVar(&o.connectionString, "connection-string", "",
		"where the services' points are stored, a `URL` such as redis://localhost:6379 (environment: "+connectionStringVariable+")")
	flags.StringVarP(&o.output, "output", "o", "tree", "`FORMAT` of the trace: tree or json")
	return command
}

// createServer runs the command: it sets up OpenTelemetry, does the work inside
// the command's span, and reports on it, however the work ended.
func createServer(ctx context.Context, o *options, stdout, stderr io.Writer) error {
	cloud, err := chooseCloud(o)
	if err != nil {
		return err
	}
	stored, err := openPoints(o)
	if err != nil {
		return err
	}
	if stored != nil {
		defer stored.Close() //nolint:errcheck // nothing to do about it any more
	}
	spans, err := newTelemetry(ctx, stderr, stored)
	if err != nil {
		return err
	}
	defer spans.shutdown()
	ctx, command, err := o.profile.Start(ctx, "createserver")
	if err != nil {
		return usageError{err}
	}
	progress := newProgress(stderr)
	serverID, workErr := cloud.work(ctx, o, spans, progress)
	command.End(workErr)
	trace := spans.recorder.spans()
	if stored != nil && command.BaseID() != "" {
		spans.flush()
		trace = wholeTrace(ctx, stored, command.BaseID(), trace, progress)
	}
	reportErr := report{
		stdout: stdout, format: o.output, spans: trace,
		serverID: serverID, traceID: command.TraceID(), baseID: command.BaseID(), err: workErr,
	}.write()
	if err := command.WriteClosing(stderr); err != nil && reportErr == nil {
		reportErr = err
	}
	if workErr != nil {
		return workErr
	}
	return reportErr
}
