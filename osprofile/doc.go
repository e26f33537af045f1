// SPDX-License-Identifier: Apache-2.0

// Package osprofile gives a Go command-line tool the flag --os-profile of the
// openstack command. With this one flag and one of the cloud's keys, the whole
// command is traced through every service that it calls.
//
// With the standard flag package:
//
//	var profile osprofile.Profile
//	flag.Var(profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
//	flag.Var(profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
//	flag.Var(profile.DigestFlag(), osprofile.DigestFlagName, osprofile.DigestFlagUsage)
//	flag.Parse()
//
//	ctx, run, err := profile.Start(context.Background(), "mytool server list")
//	if err != nil {
//		return err
//	}
//	err = listServers(ctx)
//	run.End(err)
//	run.WriteClosing(os.Stderr)
//	return err
//
// With cobra, whose flags come from pflag:
//
//	var profile osprofile.Profile
//	var run *osprofile.Run
//	root.PersistentFlags().Var(profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
//	root.PersistentFlags().Var(profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
//	root.PersistentFlags().Var(profile.DigestFlag(), osprofile.DigestFlagName, osprofile.DigestFlagUsage)
//	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
//		ctx, started, err := profile.Start(cmd.Context(), cmd.CommandPath())
//		if err != nil {
//			return err
//		}
//		run = started
//		cmd.SetContext(ctx)
//		return nil
//	}
//
//	err := root.ExecuteContext(context.Background())
//	run.End(err)
//	run.WriteClosing(os.Stderr)
//
// The calls to End and WriteClosing need no check of run: where the command
// never started, the [Run] is nil, and its methods do nothing.
//
// The context of [Profile.Start] carries the key. The Transport of the package
// otelhttp and the package gophercloudtrace sign the requests to the cloud with
// it, without a global propagator.
//
// A program that sets up an OpenTelemetry SDK does so before Start, and shuts
// it down after [Run.End], so that the command's own span is exported too. A
// program without an SDK is traced in the cloud too, as the openstack command
// is.
//
// # Where the key comes from
//
//	--os-profile KEY          the key itself
//	--os-profile-file FILE    the content of a file; "-" is standard input
//	OS_PROFILE                the key itself, where neither flag is given
//
// The flag --os-profile and the environment variable are the openstack
// command's (osc_lib/shell.py, build_option_parser). Without any of them
// nothing is signed, but the command's span is started.
//
// A key on the command line can be seen in the list of the machine's processes
// and stays in the shell's history. An SDK whose resource has the command line
// (resource.WithProcess, resource.WithProcessCommandArgs) records it. A file or
// the environment variable avoids that. This package itself does not show the
// key, neither in --help nor in an error nor in a span.
//
// # The digest
//
//	--os-profile-digest sha256     HMAC-SHA256; without it, or with sha1, HMAC-SHA1
//	OSTRACE_HMAC_DIGESTS=sha256    the same, where the flag is not given
//
// The variable has a comma-separated list, as for services, and the first
// digest of the list signs. Every released OSProfiler accepts only SHA-1; its
// development branch changes to SHA-256. A program that does not have the flag
// follows the variable too.
//
// # The trace that the command belongs to
//
// The environment variables TRACEPARENT, TRACESTATE and BAGGAGE put the command
// into the trace of whatever ran it, such as a CI job, as OpenTelemetry's
// specification "Environment Variables as Context Propagation Carriers" says.
// They are not read where the context that is given to Start already has a
// span.
package osprofile
