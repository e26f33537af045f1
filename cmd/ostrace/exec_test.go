// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
)

// beProgram is a program that somebody runs with ostrace exec.
func beProgram(name string) {
	switch name {
	case "list-flavors":
		options, err := openstack.AuthOptionsFromEnv()
		if err != nil {
			fail(err)
		}
		provider, err := openstack.NewClient(options.IdentityEndpoint)
		if err != nil {
			fail(err)
		}
		provider.HTTPClient.Transport = proxied()
		if err := openstack.Authenticate(context.Background(), provider, options); err != nil {
			fail(err)
		}
		compute, err := openstack.NewComputeV2(provider, gophercloud.EndpointOpts{})
		if err != nil {
			fail(err)
		}
		pages, err := flavors.ListDetail(compute, nil).AllPages(context.Background())
		if err != nil {
			fail(err)
		}
		all, err := flavors.ExtractFlavors(pages)
		if err != nil {
			fail(err)
		}
		for _, flavor := range all {
			fmt.Println(flavor.Name) //nolint:forbidigo // it is a program
		}
	case "get-strictly": // it accepts no certificate
		transport := proxied()
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		response, err := (&http.Client{Transport: transport}).Get(os.Getenv("OS_AUTH_URL"))
		if err != nil {
			fail(err)
		}
		_ = response.Body.Close()
	case "get": // it sends a traceparent if there is one
		request, err := http.NewRequest(http.MethodGet, os.Getenv("OS_AUTH_URL"), http.NoBody)
		if err != nil {
			fail(err)
		}
		parent := os.Getenv("OWN_TRACEPARENT")
		if trace := os.Getenv("TRACEPARENT"); parent == "below" { // the program has its own span in the command's trace
			parent = trace[:36] + "b7ad6b7169203331-01"
		}
		if parent != "" {
			request.Header.Set("Traceparent", parent)
		}
		response, err := proxied().RoundTrip(request)
		if err != nil {
			fail(err)
		}
		_ = response.Body.Close()
	case "print-trace":
		fmt.Println(os.Getenv("TRACEPARENT"), os.Getenv("TRACESTATE")) //nolint:forbidigo // it is a program
	case "print-key":
		fmt.Println(os.Getenv(hmac.EnvKey)) //nolint:forbidigo // it is a program
	case "copy":
		_, _ = io.Copy(os.Stdout, os.Stdin)
		fmt.Fprintln(os.Stderr, "oops")
		os.Exit(5)
	case "nothing":
	}
	os.Exit(0)
}

// proxied is a transport that uses the proxy for this machine too. Programs in Go
// do not do that by default.
func proxied() *http.Transport {
	proxy, err := url.Parse(os.Getenv("HTTP_PROXY"))
	if err != nil {
		fail(err)
	}
	return &http.Transport{Proxy: http.ProxyURL(proxy)}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(9)
}

// commandLine returns a command line that runs beProgram.
func commandLine(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{file, asProgram, name}
}

func execArgs(flags []string, command ...string) []string {
	return slices.Concat([]string{"exec"}, flags, []string{"--"}, command)
}

// simulated starts a simulated cloud, and names it in the environment.
func simulated(t *testing.T) *simcloud.Cloud {
	t.Helper()
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	options := cloud.AuthOptions()
	for name, value := range map[string]string{
		"OS_AUTH_URL": options.IdentityEndpoint, "OS_USERNAME": options.Username, "OS_PASSWORD": options.Password,
		"OS_USER_DOMAIN_NAME": options.DomainName, "OS_DOMAIN_NAME": options.DomainName, "OS_PROJECT_NAME": options.TenantName,
		"OS_CLOUD": "",
	} {
		t.Setenv(name, value)
	}
	return cloud
}

func keyFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte("SECRET_KEY\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A program that does not know about traces is traced, and is not changed.
func TestExec(t *testing.T) {
	cloud := simulated(t)
	stdout, stderr, status := call(t, execArgs([]string{"--os-profile-file", keyFile(t)}, commandLine(t, "list-flavors")...)...)
	if status != 0 || !strings.Contains(stdout, "m1.nano") || strings.Contains(stdout, "Trace") {
		t.Errorf("status %d, standard output %q", status, stdout)
	}
	for _, want := range []string{"POST /v3/auth/tokens", "GET /v2.1/flavors/detail", "requests to the cloud\n", "\nTrace ID: "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error has no %q:\n%s", want, stderr)
		}
	}
	id := regexp.MustCompile(`Trace ID: (\S+)`).FindStringSubmatch(stderr)
	for _, request := range cloud.Requests() {
		if request.Caller == "" && (!request.Signed || request.Trace.BaseID != id[1]) {
			t.Errorf("%s %s: %+v", request.Method, request.Path, request.Trace)
		}
	}
}

func TestExecWithoutKey(t *testing.T) {
	cloud := simulated(t)
	_, stderr, status := call(t, execArgs(nil, commandLine(t, "list-flavors")...)...)
	if status != 0 || strings.Contains(stderr, "Trace ID") || !strings.Contains(stderr, "GET /v2.1/flavors/detail") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	for _, request := range cloud.Requests() {
		if request.Caller == "" && (request.Signed || request.Header.Get("Traceparent") == "") {
			t.Errorf("%s %s: %v", request.Method, request.Path, request.Header)
		}
	}
}

// The program's own trace is linked, and drawn after the command's trace.
func TestExecOwnTrace(t *testing.T) {
	simulated(t)
	t.Setenv("OWN_TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, stderr, status := call(t, execArgs([]string{"--os-profile-file", keyFile(t)}, commandLine(t, "get")...)...)
	first, own, found := strings.Cut(stderr, "A trace of the program's own:")
	if status != 0 || !found || strings.Contains(first, "GET /v3") || !strings.Contains(own, "Trace 0af7651916cd43dd8448eb211c80319c") || !strings.Contains(own, "GET /v3") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// The spans of a program that takes part in the command's trace are below the
// command.
func TestExecOwnSpans(t *testing.T) {
	simulated(t)
	t.Setenv("OWN_TRACEPARENT", "below")
	_, stderr, status := call(t, execArgs([]string{"--os-profile-file", keyFile(t)}, commandLine(t, "get")...)...)
	if status != 0 || !strings.Contains(stderr, "\n└─ GET /v3 ") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// The drawing of a run with very many requests is bounded.
func TestExecRecorder(t *testing.T) {
	r := &recorder{}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r)).Tracer("test")
	for range maxRecorded + 5 {
		_, span := tracer.Start(t.Context(), "request", trace.WithSpanKind(trace.SpanKindClient))
		span.End()
	}
	_, span := tracer.Start(t.Context(), "command")
	span.End()
	if ended, left := r.spans(); len(ended) != maxRecorded+1 || left != 5 || ended[maxRecorded].Name() != "command" {
		t.Errorf("%d spans, and %d more", len(ended), left)
	}
}

// The trace has the points that the services stored, and the store has the
// program's spans.
func TestExecStore(t *testing.T) {
	simulated(t)
	server := miniredis.RunT(t)
	oldQuiet := settleQuiet
	settleQuiet = time.Millisecond
	defer func() { settleQuiet = oldQuiet }()
	store := "redis://" + server.Addr()
	flags := []string{"--os-profile-file", keyFile(t), "--connection-string", store}
	_, stderr, status := call(t, execArgs(flags, commandLine(t, "get")...)...)
	if status != 0 || !strings.Contains(stderr, "GET /v3") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	id := regexp.MustCompile(`Trace ID: (\S+)`).FindStringSubmatch(stderr)
	if tree := must(t, "show", id[1], "--connection-string", store); !strings.Contains(tree, "GET /v3") || !strings.Contains(tree, asProgram) {
		t.Errorf("stored is\n%s", tree)
	}
}

func TestExecBackEnd(t *testing.T) {
	simulated(t)
	b := newBackend(t)
	command := commandLine(t, "get")
	_, stderr, status := call(t, execArgs([]string{"--otlp-endpoint", b.URL}, command...)...)
	if status != 0 || len(b.spans) != 2 || !strings.Contains(stderr, "ostrace: 1 request to the cloud\n") {
		t.Errorf("status %d, %d spans\n%s", status, len(b.spans), stderr)
	}
	for _, span := range b.spans {
		if !span.ParentSpanID().IsEmpty() {
			continue
		}
		if code, ok := span.Attributes().Get("process.exit.code"); span.Name() != commandName(command) || !ok || code.Int() != 0 {
			t.Errorf("the command's span is %s with %v", span.Name(), span.Attributes().AsRaw())
		}
	}
}

// The span of a program that failed says so by OpenTelemetry's conventions.
func TestExecFailed(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	b := newBackend(t)
	command := commandLine(t, "copy")
	if _, stderr, status := call(t, execArgs([]string{"--otlp-endpoint", b.URL}, command...)...); status != 5 || len(b.spans) != 1 {
		t.Errorf("status %d, %d spans\n%s", status, len(b.spans), stderr)
	}
	for _, span := range b.spans {
		got := span.Attributes().AsRaw()
		if got["error.type"] != "5" || got["process.exit.code"] != int64(5) || got["process.executable.name"] != filepath.Base(command[0]) || span.Status().Message() != "exit status 5" {
			t.Errorf("the command's span has %v, %s", got, span.Status().Message())
		}
	}
}

// ostrace reports a host that can't be reached, a certificate that does not verify,
// and a certificate that the program does not accept.
func TestExecProblems(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	for _, test := range []struct {
		url, flag, want string
	}{
		{"https://keystone.invalid:5000", "", "ostrace: keystone.invalid:5000 did not answer: "},
		{server.URL, "", "was not traced, and its connection was not opened, because TLS to it failed: tls: failed to verify certificate: x509: certificate signed by unknown authority; with --insecure it is traced too\n"},
		{server.URL, "--insecure", "ostrace: the program did not accept the proxy's certificate for " + server.Listener.Addr().String() + ": "},
	} {
		t.Setenv("OS_AUTH_URL", test.url)
		flags := []string{}
		if test.flag != "" {
			flags = append(flags, test.flag)
		}
		_, stderr, status := call(t, execArgs(flags, commandLine(t, "get-strictly")...)...)
		if status != 9 || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, "no request to the cloud came through the proxy") {
			t.Errorf("%s %s: status %d\n%s", test.url, test.flag, status, stderr)
		}
	}
}

// ostrace reports a back end that does not answer. The run does not change.
func TestExecBackEndGone(t *testing.T) {
	simulated(t)
	oldTime, oldTimeout := retryTime, exportTimeout
	retryTime, exportTimeout = 10*time.Millisecond, 100*time.Millisecond
	defer func() { retryTime, exportTimeout = oldTime, oldTimeout }()
	gone := httptest.NewServer(nil)
	gone.Close()
	stdout, stderr, status := call(t, execArgs([]string{"--otlp-endpoint", gone.URL}, commandLine(t, "list-flavors")...)...)
	if status != 0 || !strings.Contains(stdout, "m1.nano") || !strings.Contains(stderr, "ostrace: spans could not be delivered: ") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

func TestExecHTML(t *testing.T) {
	simulated(t)
	file := filepath.Join(t.TempDir(), "trace.html")
	_, stderr, status := call(t, execArgs([]string{"--html", file}, commandLine(t, "get")...)...)
	if status != 0 || strings.Contains(stderr, "critical path") || !strings.Contains(read(t, file), "GET /v3") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// The program has standard input and output, and the exit status is the program's.
func TestExecStreams(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	stdout, stderr, status := callWith(t.Context(), "typed", execArgs(nil, commandLine(t, "copy")...)...)
	if stdout != "typed" || !strings.HasPrefix(stderr, "oops\n") || status != 5 {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestExecNothingCame(t *testing.T) {
	for authURL, want := range map[string]string{
		"https://keystone.invalid:5000/v3": "ostrace: no request to the cloud came through the proxy. It may be that the program sent no request to the cloud at keystone.invalid:5000, or",
		"http://127.0.0.1:1/v3":            "does not send requests for 127.0.0.1 to a proxy",
	} {
		_, stderr, status := call(t, execArgs([]string{"--os-auth-url", authURL}, commandLine(t, "nothing")...)...)
		if status != 0 || !strings.Contains(stderr, want) || strings.Contains(stderr, "Trace") {
			t.Errorf("%s: status %d\n%s", authURL, status, stderr)
		}
	}
}

func TestExecErrors(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	t.Setenv("OS_CLOUD", "")
	program := commandLine(t, "nothing")[0]
	for name, test := range map[string]struct {
		args   []string
		env    map[string]string
		status int
		want   string
	}{
		"no command":          {execArgs(nil), nil, 125, "which program is to be run?"},
		"no such command":     {execArgs(nil, "no-such-program"), nil, 127, "there is no program no-such-program"},
		"no such file":        {execArgs(nil, "/no/such/program"), nil, 127, "there is no program /no/such/program"},
		"an unknown flag":     {[]string{"exec", "--no-such-flag", program}, nil, 125, "--no-such-flag"},
		"a share of more":     {execArgs([]string{"--sample", "5"}, program), nil, 125, "--sample is a share from 0 to 1"},
		"a share of less":     {execArgs([]string{"--sample", "-0.1"}, program), nil, 125, "--sample is a share from 0 to 1"},
		"no number":           {execArgs([]string{"--sample", "NaN"}, program), nil, 125, "--sample is a share from 0 to 1"},
		"no cloud":            {execArgs(nil, program), map[string]string{"OS_AUTH_URL": ""}, 125, "which cloud?"},
		"an unknown cloud":    {execArgs([]string{"--os-cloud", "none"}, program), map[string]string{"OS_CLIENT_CONFIG_FILE": "/no/such"}, 125, "clouds file not found"},
		"a URL that is none":  {execArgs([]string{"--os-auth-url", "keystone:5000"}, program), nil, 125, `--os-auth-url is "keystone:5000"`},
		"no key":              {execArgs([]string{"--os-profile", ""}, program), nil, 125, "--os-profile"},
		"a store without key": {execArgs([]string{"--connection-string", "redis://127.0.0.1:1"}, program), nil, 125, "--connection-string needs a key"},
		"no back end":         {execArgs([]string{"--otlp-endpoint", "nonsense"}, program), nil, 125, "--otlp-endpoint"},
		"half a certificate":  {execArgs(nil, program), map[string]string{"OS_CERT": "/no/such", "OS_KEY": "/no/such"}, 125, "check OS_CERT and OS_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			stdout, stderr, status := call(t, test.args...)
			if status != test.status || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("status %d, %s", status, stderr)
			}
		})
	}
}

func TestExecCommandName(t *testing.T) {
	for want, args := range map[string][]string{
		"tofu apply":      {"/usr/local/bin/tofu", "apply", "-auto-approve"},
		"openstack":       {"openstack", "--os-password=secret", "server", "list"},
		"curl":            {"curl", "https://user:secret@keystone.example"},
		"sh":              {"sh", "-c", "x"},
		"deploy":          {"./deploy", "Secret Text"},
		"a":               {"a"},
		"mysql a-b_c9":    {"mysql", "a-b_c9"},
		"login":           {"login", strings.Repeat("a", 65)},
		"ansible":         {"ansible", "SECRET"},
		"python3.11 main": {"python3.11", "main"},
	} {
		if got := commandName(args); got != want {
			t.Errorf("%q is named %q, want %q", args, got, want)
		}
	}
}

// The user's own proxy stays in use.
func TestExecUserProxy(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	mine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.String())
		_, _ = io.WriteString(w, "{}")
	}))
	defer mine.Close()
	for _, name := range []string{"http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"} {
		t.Setenv(name, "")
	}
	t.Setenv("OS_CLOUD", "")
	t.Setenv("OS_AUTH_URL", "http://keystone.invalid/v3")
	for i, name := range []string{"HTTP_PROXY", "ALL_PROXY"} {
		t.Setenv("HTTP_PROXY", "")
		t.Setenv(name, mine.URL)
		_, stderr, status := call(t, execArgs(nil, commandLine(t, "get")...)...)
		if status != 0 || !strings.Contains(stderr, "GET /v3") || len(asked) != i+1 || asked[i] != "http://keystone.invalid/v3" {
			t.Errorf("status %d, asked for %q\n%s", status, asked, stderr)
		}
	}
}

func TestExecTraceVariables(t *testing.T) {
	t.Setenv("OS_AUTH_URL", "https://keystone.invalid:5000/v3")
	t.Setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	t.Setenv("TRACESTATE", "vendor=1")
	stdout, _, _ := call(t, execArgs(nil, commandLine(t, "print-trace")...)...)
	if !regexp.MustCompile(`^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01 vendor=1\n$`).MatchString(stdout) || strings.Contains(stdout, "b7ad6b7169203331") {
		t.Errorf("got %q", stdout)
	}
}
