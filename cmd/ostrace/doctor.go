// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/doctor"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/osprofile"
	"github.com/ostrace/ostrace/propagation"
)

// errProblems says that ostrace doctor found a problem, which its output describes.
var errProblems = errors.New("problems were found")

// diagnosis is the command line of ostrace doctor.
type diagnosis struct {
	*program
	profile   osprofile.Profile
	cloud     string
	insecure  bool
	backEnd   string
	since     moment
	write     bool
	storeOnly bool
	json      bool
}

func newDoctorCommand(p *program) *cobra.Command {
	d := diagnosis{program: p}
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what is wrong with the tracing of a cloud",
		Long: `Find out what is wrong with the tracing of a cloud, and say what to set.

doctor sends each service of the catalog one read request that is signed with the
key, in SHA-1 and in SHA-256, and one that is not signed, and then looks at the store
for the points of these requests. It needs a user of the cloud and one of the cloud's
keys. The flag --os-cloud or the variable OS_CLOUD names the cloud in clouds.yaml; or
else the variables of an openrc file (OS_AUTH_URL, OS_USERNAME, …) do. Every user can
do this; only Placement answers no user but an administrator.

The table has a line for each service:

    ANSWER  the status of the answer to the signed request
    TRACED  whether the request's point is in the store, or its span in the back end
    DIGEST  the digests that the service accepts: sha1, sha256 or both
    SQL     whether the service's SQL statements are traced (trace_sqlalchemy)
    CALLS   whether its requests to other services have points (trace_requests)
    RPC     whether the work of its other processes is traced
    NATIVE  whether the service answers with a traceparent of its own OpenTelemetry;
            "other" means that it is not in the trace of the request
    ID      whether the service returns its request id
    CLOCK   how far the service's clock is from the clocks of the other services

A hyphen means that it was not tested. SQL, CALLS and RPC are judged from doctor's
own requests and from the store's traces of the last hour (--since). --write creates
a server without a network and a volume of 1 GB, and deletes them, to have such a
trace.

With --store-only doctor looks at the store alone, and needs neither a cloud nor a
key.

Each finding says what was seen, which causes are possible, the likeliest first, the
command that settles each, and what to set.

The exit status is 0 when there is no problem, 1 when there is one, and 2 when the
command line was wrong, or the cloud or the store could not be reached.`,
		Example: `  ostrace doctor --os-cloud mycloud --os-profile-file key --connection-string redis://localhost:6379
  ostrace doctor --os-profile-file key --query-endpoint http://localhost:16686
  ostrace doctor --store-only`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return d.run(command.Context()) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.Var(d.profile.KeyFlag(), osprofile.KeyFlagName, "one of the cloud's [profiler] hmac_keys, the `KEY` to test (environment: OS_PROFILE)")
	flags.Var(d.profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
	flags.StringVar(&d.cloud, "os-cloud", "", "the `NAME` of a cloud in clouds.yaml (environment: OS_CLOUD)")
	flags.BoolVar(&d.insecure, "insecure", false, "do not verify the certificates of the cloud")
	flags.StringVar(&d.backEnd, "query-endpoint", "", "the `URL` where Jaeger answers queries about the services' spans, such as http://localhost:16686")
	flags.Var(&d.since, "since", "judge the store's traces by the points `SINCE` then: a period such as 90m or 1d, or a time in UTC such as 2026-11-20T06:00 (default 1h)")
	flags.BoolVar(&d.write, "write", false, "create a server and a volume, and delete them, to test RPC")
	flags.BoolVar(&d.storeOnly, "store-only", false, "look at the store alone")
	flags.BoolVar(&d.json, "json", false, "print everything as a JSON object")
	return command
}

func (d *diagnosis) run(ctx context.Context) error {
	options, closeStore, err := d.options(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	report, err := doctor.Examine(ctx, options)
	if err != nil {
		return err
	}
	write := report.WriteText
	if d.json {
		write = report.WriteJSON
	}
	if err := write(d.out); err != nil {
		return err
	}
	if !report.Healthy() {
		return errProblems
	}
	return nil
}

// options reads the command line. It returns a function that closes the store.
func (d *diagnosis) options(ctx context.Context) (o doctor.Options, closeStore func(), err error) {
	closeStore = func() {}
	o = doctor.Options{Since: time.Hour, Write: d.write}
	if !d.since.IsZero() {
		o.Since = time.Since(d.since.Time)
	}
	if d.storeOnly {
		for flag, given := range map[string]bool{"--os-cloud": d.cloud != "", "--write": d.write, "--query-endpoint": d.backEnd != ""} {
			if given {
				return o, nil, fmt.Errorf("--store-only looks at the store alone, and can't be given together with %s", flag)
			}
		}
	} else if !d.profile.Given() {
		return o, nil, errors.New("which key? give --os-profile-file or --os-profile with one of the cloud's [profiler] hmac_keys, or --store-only to look at the store alone")
	}
	if d.backEnd != "" {
		if o.BackEnd, err = doctor.NewBackEnd(d.backEnd); err != nil {
			return o, nil, fmt.Errorf("--query-endpoint: %w", err)
		}
	}
	if d.storeOnly || d.storeNamed() {
		s, err := d.openStore()
		if err != nil {
			return o, nil, err
		}
		o.Store, closeStore = s, func() { _ = s.Close() } // it was only read
	}
	if d.storeOnly {
		return o, closeStore, nil
	}
	key, err := d.key(ctx)
	if err == nil {
		o.Cloud, err = d.authenticate(ctx, key)
	}
	if err != nil {
		closeStore()
	}
	return o, closeStore, err
}

// key reads the key that the command line or the environment names.
func (d *diagnosis) key(ctx context.Context) (hmac.Key, error) {
	ctx, run, err := d.profile.Start(ctx, "ostrace doctor")
	if err != nil {
		return hmac.Key{}, err
	}
	run.End(nil)
	return propagation.ProfilerFromContext(ctx).Key, nil
}
