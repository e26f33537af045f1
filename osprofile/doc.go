// SPDX-License-Identifier: Apache-2.0

// Package osprofile gives a Go command-line tool what --os-profile gives the
// openstack command: one flag with one of the cloud's keys, and the whole
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
// The calls to End and WriteClosing need no check of run: a nil [Run], of a
// command that never started, does nothing.
//
// The context of [Profile.Start] carries the key. The Transport of the package
// otelhttp and the package gophercloudtrace sign what goes to the cloud with
// it, without a global propagator.
//
// A program that sets up an OpenTelemetry SDK does so before Start, and shuts
// it down after [Run.End], so that the command's own span is exported too. A
// program without an SDK is traced in the cloud all the same, as the openstack
// command is.
//
// # Where the key comes from
//
//	--os-profile KEY          the key itself
//	--os-profile-file FILE    the content of a file; "-" is standard input
//	OS_PROFILE                the key itself, where neither flag is given
//
// The flag --os-profile and the environment variable are the openstack
// command's (osc_lib/shell.py, build_option_parser). Without any of them
// nothing is signed; the command's span is started all the same.
//
// A key on the command line is seen by whoever lists the machine's processes,
// stays in the shell's history, and is recorded by an SDK whose resource has
// the command line (resource.WithProcess, resource.WithProcessCommandArgs). A
// file or the environment variable avoids that. This package itself shows the
// key nowhere: not in --help, not in an error, not in a span.
//
// # Which digest signs
//
//	--os-profile-digest sha256     HMAC-SHA256; without it, or with sha1, HMAC-SHA1
//	OSTRACE_HMAC_DIGESTS=sha256    the same, where the flag is not given
//
// The variable is a comma-separated list, as services have it, of which the
// first signs. Every released OSProfiler takes SHA-1 alone; its development
// branch changes to SHA-256. A program without the flag heeds the variable.
//
// # The trace that the command belongs to
//
// The environment variables TRACEPARENT, TRACESTATE and BAGGAGE put the command
// into the trace of whatever ran it, such as a CI job, as OpenTelemetry's
// specification "Environment Variables as Context Propagation Carriers" says.
// They are not read where the context given to Start has a span already.
package osprofile
