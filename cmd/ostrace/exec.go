// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/net/http/httpproxy"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/cloudtrace"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/environment"
	"github.com/ostrace/ostrace/cmd/ostrace/internal/forwardproxy"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/osprofile"
)

// The exit statuses of ostrace exec itself. They are the same as those of env and
// timeout.
const (
	exitExecFailure   = 125
	exitNotExecutable = 126
	exitNoCommand     = 127
)

// patience is how long requests may go on after the command has ended.
const patience = time.Second

// execution is the command line of ostrace exec.
type execution struct {
	*program
	profile  osprofile.Profile
	cloud    string
	authURL  string
	insecure bool
	sample   float64
	html     string
	endpoint string
}

func newExecCommand(p *program) *cobra.Command {
	e := execution{program: p}
	command := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT]...",
		Short: "Run a program, and trace its requests to the cloud",
		Long: `Run a program that is not changed for it, such as tofu, openstack, ansible-playbook,
curl or a script, and draw the trace of all its requests to an OpenStack cloud.

While the program runs, its requests go through a proxy on 127.0.0.1. The program
finds the proxy through the environment variables that Go on Linux, Python's
requests and httpx, curl, and Node.js 24 and later read: HTTPS_PROXY and HTTP_PROXY,
and SSL_CERT_FILE and similar variables for the proxy's certificate. The proxy opens
only the TLS of the cloud: of its identity service, and of the endpoints in its
service catalog. All other connections pass through the proxy unopened. The proxy
keeps the key, and does not give it to the program.

The flag --os-cloud or the variable OS_CLOUD names the cloud in clouds.yaml, or
--os-auth-url or OS_AUTH_URL names its identity service. The flags are for the
proxy only. The program gets its own arguments, and reads the variables itself.

The program uses standard input, output and error as without ostrace. ostrace
passes signals on to it, and Ctrl-C in a terminal reaches it once. When the program
has ended, ostrace writes the trace to standard error.

The exit status is that of the program. It is 127 if the program does not exist,
126 if it can't be run, and 125 if the command line was wrong or the proxy could
not be started.`,
		Example: `  ostrace exec --os-profile-file key -- tofu apply
  ostrace exec --os-profile-file key --connection-string redis://localhost:6379 -- openstack server list
  ostrace exec --os-profile-file key --html trace.html -- ansible-playbook site.yml
  while read name; do ostrace exec --os-profile-file key --sample 0.05 -- ./delete "$name"; done`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return ofExec(errors.New("which program is to be run? write it after --, such as: ostrace exec --os-profile-file key -- tofu apply"))
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error { return ofExec(e.run(command.Context(), args)) },
	}
	command.SetFlagErrorFunc(func(command *cobra.Command, err error) error { return ofExec(flagError(command, err)) })
	flags := command.Flags()
	flags.SortFlags = false
	flags.SetInterspersed(false) // the arguments after the program are the program's
	flags.Var(e.profile.KeyFlag(), osprofile.KeyFlagName, osprofile.KeyFlagUsage)
	flags.Var(e.profile.FileFlag(), osprofile.FileFlagName, osprofile.FileFlagUsage)
	flags.Var(e.profile.DigestFlag(), osprofile.DigestFlagName, osprofile.DigestFlagUsage)
	flags.StringVar(&e.cloud, "os-cloud", "", "the `NAME` of a cloud in clouds.yaml (environment: OS_CLOUD)")
	flags.StringVar(&e.authURL, "os-auth-url", "", "the `URL` of the cloud's identity service (environment: OS_AUTH_URL)")
	flags.BoolVar(&e.insecure, "insecure", false, "also open the TLS of a cloud whose certificate does not verify; the program can then no longer notice that another server answers")
	flags.Float64Var(&e.sample, "sample", 1, "the `SHARE` of runs that are traced, from 0 to 1; the others run without a proxy")
	flags.StringVar(&e.html, "html", "", "write the trace to `FILE` as one HTML page, instead of drawing it")
	flags.StringVar(&e.endpoint, "otlp-endpoint", "",
		"also export the spans to the OpenTelemetry back end at this `URL` (environment: OTEL_EXPORTER_OTLP_ENDPOINT)")
	_ = command.MarkFlagFilename("html") // the flag exists
	return command
}

// execError is an error in ostrace exec itself, with its exit status.
type execError struct {
	status int
	error
}

func (e *execError) Unwrap() error { return e.error }

// ofExec gives an error the exit status for failures before the program runs,
// unless the error has an exit status already.
func ofExec(err error) error {
	if err == nil || isExec(err) {
		return err
	}
	return &execError{exitExecFailure, err}
}

// isExec reports whether an error is from ostrace exec, which signals do not
// interrupt.
func isExec(err error) bool {
	_, ended := errors.AsType[*endedError](err)
	_, failed := errors.AsType[*execError](err)
	return ended || failed
}

func (e *execution) run(ctx context.Context, args []string) error {
	if e.sample < 0 || e.sample > 1 || e.sample != e.sample {
		return fmt.Errorf("--sample is a share from 0 to 1, such as 0.05, and can't be %g", e.sample)
	}
	path, err := lookUp(args[0])
	if err != nil {
		return err
	}
	cloud, err := e.chooseCloud()
	if err != nil {
		return err
	}
	spans, err := e.newTelemetry(ctx, programName(args))
	if err != nil {
		return err
	}
	defer spans.close()
	ctx, run, err := e.profile.Start(context.WithoutCancel(ctx), commandName(args), osprofile.WithTracerProvider(spans.provider))
	if err != nil {
		return err
	}
	if rand.Float64() >= e.sample { //nolint:gosec // it does not have to be secret
		return replaceProcess(path, args, environment.Without(os.Environ(), keyVariables), e.streams)
	}
	tracer, err := cloudtrace.New(ctx, spans.provider, cloud.identityEndpoint)
	if err != nil {
		return err
	}
	log.SetOutput(io.Discard) //nolint:forbidigo // net/http logs here, and standard error belongs to the program
	environ := os.Environ()
	roots := environment.ReadRoots(environ)
	proxy, err := forwardproxy.Start(forwardproxy.Config{
		Opens:        tracer.Cloud,
		RoundTripper: tracer.RoundTripper,
		TLS:          cloud.tlsConfig(roots, e.insecure),
		Via:          userProxy(),
	})
	if err != nil {
		return fmt.Errorf("the proxy can't be started: %w", err)
	}
	defer proxy.Close(0)
	set, unset := traceVariables(ctx)
	env, err := environment.New(environ, roots, environment.Changes{
		Proxy: proxy.URL(), CertificatePEM: proxy.CertificatePEM(), Cloud: cloud.url,
		Set: set, Unset: append(unset, keyVariables...),
	})
	if err != nil {
		return fmt.Errorf("the program's environment can't be made: %w", err)
	}
	defer env.Remove()

	ended, err := runCommand(path, args, env.Environ, e.streams)
	if err != nil {
		return &execError{exitNotExecutable, err}
	}
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(semconv.ProcessExecutableName(programName(args)), semconv.ProcessPID(ended.pid), semconv.ProcessExitCode(ended.status))
	run.End(ended.failure())
	report := proxy.Close(patience)
	e.conclude(&conclusion{
		run: run, command: span.SpanContext(), spans: spans, tracer: tracer, report: report, cloud: cloud,
		notes: append(roots.Notes, cloud.notes...),
	})
	return ended.failure()
}

// lookUp finds the file of a program as a shell does. In the current folder it finds
// only a program that PATH leads to: exec.LookPath looks there first on Windows, where
// PowerShell does not.
func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil, errors.Is(err, exec.ErrDot) && slices.ContainsFunc(filepath.SplitList(os.Getenv("PATH")), isRelative):
		return cmp.Or(path, name), nil
	case errors.Is(err, exec.ErrDot):
		return "", &execError{exitNoCommand, fmt.Errorf("%s is in the current folder, which is not in PATH: write .%c%s", name, filepath.Separator, name)}
	case errors.Is(err, fs.ErrPermission):
		return "", &execError{exitNotExecutable, fmt.Errorf("%s can't be run: permission denied", name)}
	}
	return "", &execError{exitNoCommand, fmt.Errorf("there is no program %s", name)}
}

func isRelative(folder string) bool { return !filepath.IsAbs(folder) }

// keyVariables are the variables that can hold one of the cloud's keys: the one
// that the openstack command reads, and the one that oslo.config reads.
var keyVariables = []string{hmac.EnvKey, "OS_PROFILER__HMAC_KEYS"}

// programName is the name of the program's file, in UTF-8 as every text of a span.
func programName(args []string) string {
	return strings.ToValidUTF8(filepath.Base(args[0]), "\ufffd")
}

var subcommand = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

// commandName is the name of the command's span. It is the name of the program
// and, if that looks like a subcommand and not like a value, its first argument.
func commandName(args []string) string {
	name := programName(args)
	if len(args) > 1 && subcommand.MatchString(args[1]) {
		name += " " + args[1]
	}
	return name
}

// traceVariables are the variables that tell a program the trace that it is in, as
// OpenTelemetry's specification "Environment Variables as Context Propagation
// Carriers" says.
func traceVariables(ctx context.Context) (set map[string]string, unset []string) {
	carrier := otelpropagation.MapCarrier{}
	otelpropagation.TraceContext{}.Inject(ctx, carrier)
	set = map[string]string{"TRACEPARENT": carrier["traceparent"]}
	if state := carrier["tracestate"]; state != "" {
		set["TRACESTATE"] = state
		return set, nil
	}
	return set, []string{"TRACESTATE"}
}

// userProxy returns a function that finds the proxy that the program would have
// used without ostrace.
func userProxy() proxyFunc {
	config := httpproxy.FromEnvironment()
	// curl and Python use ALL_PROXY if the variable for the scheme is not set.
	all := cmp.Or(os.Getenv("ALL_PROXY"), os.Getenv("all_proxy"))
	config.HTTPSProxy, config.HTTPProxy = cmp.Or(config.HTTPSProxy, all), cmp.Or(config.HTTPProxy, all)
	return config.ProxyFunc()
}
