// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/osprofile"
	"github.com/ostrace/ostrace/propagation"
)

// options are the options of the command line.
type options struct {
	profile osprofile.Profile
	cloud   string
	image   string
	rounds  int
	passes  int
	seed    uint64
	output  string
}

func newCommand(stdout, stderr io.Writer) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "perftest",
		Short: "Measure what tracing costs, in the program and in the cloud",
		Long: `Measure what tracing costs, in the program and in the cloud.

Each round runs the same scenario in four modes: "none" (without tracing), "w3c"
(with OpenTelemetry spans and W3C headers), "unknown-key" (signed as well, with a
key that the cloud does not have) and "traced" (signed with the cloud's key). The
scenario creates a flavor, a network, a subnet, a security group with a rule, a
port and a server, makes list calls, and deletes everything. The table of the
results is printed as Markdown.

The cloud is the one that --os-cloud or OS_CLOUD names in clouds.yaml, or else
that of OS_AUTH_URL and the other variables of an openrc file. Without any of them
it is a simulated cloud inside the program, which shows nothing about a real one.

Ctrl-C deletes everything that was created; a second Ctrl-C ends the program at
once. The exit status is 0 when everything went well, 1 when something failed, and
2 when the command line was wrong.`,
		Example: `  perftest --rounds 2 --passes 5
  perftest --os-cloud mycloud --os-profile-file key --image cirros --output results`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unexpected argument %q"+seeHelp, args[0])}
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if o.rounds < 1 || o.passes < 1 {
				return usageError{fmt.Errorf("--rounds and --passes must be at least 1, not %d and %d", o.rounds, o.passes)}
			}
			return perftest(command.Context(), &o, stdout, stderr)
		},
	}
	command.SetOut(stdout)
	command.SetErr(stderr)
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{fmt.Errorf("%w"+seeHelp, err)} })

	flags := command.Flags()
	flags.SortFlags = false
	flags.Var(o.profile.KeyFlag(), osprofile.KeyFlagName, "`KEY` of the mode \"traced\": one of the [profiler] hmac_keys of the cloud's services (environment: OS_PROFILE)")
	flags.Var(o.profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
	flags.StringVar(&o.cloud, "os-cloud", os.Getenv("OS_CLOUD"), "the `NAME` of a cloud in clouds.yaml (environment: OS_CLOUD)")
	flags.StringVar(&o.image, "image", "tiny", "the `NAME` of the server's image")
	flags.IntVar(&o.rounds, "rounds", 16, "measure this number of `ROUNDS`, after one that is not measured")
	flags.IntVar(&o.passes, "passes", 40, "make each list call this number of `TIMES` in a scenario")
	flags.Uint64Var(&o.seed, "seed", 1, "the `NUMBER` from which the order of the modes is made")
	flags.StringVarP(&o.output, "output", "o", "", "write perftest.csv, perftest.svg and perftest.md to the folder `DIR`")
	return command
}

// perftest runs the command: it runs the scenarios, and reports on them.
func perftest(ctx context.Context, o *options, stdout, stderr io.Writer) (err error) {
	if o.output != "" { // checked before the measurement takes minutes
		if err := os.MkdirAll(o.output, 0o755); err != nil { //nolint:gosec // results are for all to read
			return err
		}
	}
	cloud, err := chooseCloud(o)
	if err != nil {
		return err
	}
	// This is only for the key, because each scenario is a trace of its own.
	profiled, command, err := o.profile.Start(ctx, "perftest")
	if err != nil {
		return usageError{err}
	}
	command.End(nil)
	key := propagation.ProfilerFromContext(profiled).Key
	modes, err := newModes(key)
	if err != nil {
		return err
	}
	defer modes.shutdown()
	if cloud.simulated {
		stop, err := cloud.simulate(key)
		if err != nil {
			return err
		}
		defer func() {
			if stopErr := stop(); err == nil {
				err = stopErr
			}
		}()
		fmt.Fprintln(stderr, "perftest: no cloud is named (OS_CLOUD, --os-cloud, OS_AUTH_URL), so this is a simulated one: its times say nothing about a real one")
	}

	e := newExperiment(cloud, modes, o)
	started := time.Now()
	e.progress = func(round int) {
		fmt.Fprintf(stderr, "perftest: round %d of %d is done, after %.0f s\n", round, o.rounds, time.Since(started).Seconds())
	}
	samples, err := e.run(ctx)
	if err != nil {
		return err
	}
	r := report{samples: samples, modes: modes.names(), rounds: o.rounds, passes: o.passes, seed: o.seed, simulated: cloud.simulated}
	if err := r.write(o.output); err != nil {
		return err
	}
	return r.tables(stdout)
}
