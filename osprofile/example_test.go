// SPDX-License-Identifier: Apache-2.0

package osprofile_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"

	otelpropagation "go.opentelemetry.io/otel/propagation"

	"github.com/ostrace/ostrace/osprofile"
	"github.com/ostrace/ostrace/propagation"
)

func Example() {
	var profile osprofile.Profile
	flags := flag.NewFlagSet("mytool", flag.ExitOnError) // or flag.CommandLine
	flags.Var(profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
	flags.Var(profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
	_ = flags.Parse([]string{"--os-profile", "SECRET_KEY"}) // or os.Args[1:]

	// A CI job that has a trace of its own sets this.
	os.Setenv("TRACEPARENT", "00-cd613e30d8f14adf91b7584a2265b1f5-423e96d038e9de81-01")
	defer os.Unsetenv("TRACEPARENT")

	ctx, run, err := profile.Start(context.Background(), "mytool server list")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = listServers(ctx)
	run.End(err)
	var closing strings.Builder
	_ = run.WriteClosing(&closing) // a tool writes to os.Stderr
	fmt.Print(strings.ReplaceAll(closing.String(), " \n", "\n"))
	// Output:
	// X-Trace-Info: eyJiYXNlX2lkIjogImNkNjEzZTMwLWQ4ZjEtNGFkZi05MWI3LTU4NGEyMjY1YjFmNSIsICJwYXJlbnRfaWQiOiAiY2Q2MTNlMzAtZDhmMS00YWRmLTQyM2UtOTZkMDM4ZTlkZTgxIn0=
	// Trace ID: cd613e30-d8f1-4adf-91b7-584a2265b1f5
	// Short trace ID for OpenTracing-based drivers: 91b7584a2265b1f5
	// Display trace data with command:
	// osprofiler trace show --html cd613e30-d8f1-4adf-91b7-584a2265b1f5
	// ostrace show cd613e30-d8f1-4adf-91b7-584a2265b1f5
}

// listServers stands for a program's work. It signs as the Transport of the
// package otelhttp does.
func listServers(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://cloud.example/v2.1/servers", nil)
	if err != nil {
		return err
	}
	propagation.OSProfiler{}.Inject(req.Context(), otelpropagation.HeaderCarrier(req.Header))
	fmt.Println("X-Trace-Info:", req.Header.Get("X-Trace-Info"))
	return nil
}

func ExampleProfile_Start_unusableKey() {
	var profile osprofile.Profile
	flags := flag.NewFlagSet("mytool", flag.ExitOnError)
	flags.Var(profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
	_ = flags.Parse([]string{"--os-profile", "current,previous"})

	_, _, err := profile.Start(context.Background(), "mytool server list")
	fmt.Println(err)
	// Output: --os-profile: unusable OSProfiler HMAC key: it holds a comma, at which services split their hmac_keys; give one key of that list
}

func ExampleRun_BaseID() {
	var profile osprofile.Profile
	_ = profile.KeyFlag().Set("SECRET_KEY")
	_, run, err := profile.Start(context.Background(), "mytool server list")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.End(nil)

	// For a log or a bug report.
	fmt.Println(len(run.BaseID()), len(run.TraceID()))
	// Output: 36 32
}
