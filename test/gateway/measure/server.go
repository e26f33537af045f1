// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/gateway"
	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/test/gateway/caddyproc"
)

// The names of the servers that are measured.
const (
	caddyAlone = "Caddy"
	caddyAgain = "Caddy again"
	caddyNone  = "Caddy with the gateway at 0 %"
	caddyOne   = "Caddy with the gateway at 1 %"
	caddyAll   = "Caddy with the gateway at 100 %"
	proxyAlone = "ReverseProxy"
	proxyNone  = "ReverseProxy with the gateway at 0 %"
	proxyOne   = "ReverseProxy with the gateway at 1 %"
	proxyAll   = "ReverseProxy with the gateway at 100 %"
)

var names = []string{caddyAlone, caddyAgain, caddyNone, caddyOne, caddyAll, proxyAlone, proxyNone, proxyOne, proxyAll}

// shares are the shares of the servers that have a gateway, as percentages.
var shares = map[string]string{caddyNone: "0", caddyOne: "1", caddyAll: "100", proxyNone: "0", proxyOne: "1", proxyAll: "100"}

type server struct {
	address string
	pid     int
	rounds  []measurement
}

// measure lets wrk send requests to the server.
func (s *server) measure(duration time.Duration, connections int) (measurement, error) {
	output, err := exec.Command("wrk", "--latency", "--threads", "2", "--connections", strconv.Itoa(connections), //nolint:gosec // numbers and an own address
		"--duration", strconv.Itoa(int(duration.Seconds()))+"s", "--header", "X-Auth-Token: gAAAAABo", "http://"+s.address+"/v2.1/servers/detail").CombinedOutput()
	if err != nil {
		return measurement{}, fmt.Errorf("wrk (Debian's package of that name): %w: %s", err, output)
	}
	m, err := readWrk(string(output))
	if err != nil {
		return m, err
	}
	m.memory, err = resident(s.pid)
	return m, err
}

var (
	failures  = regexp.MustCompile(`(?m)^.*(Socket errors|Non-2xx).*$`)
	perSecond = regexp.MustCompile(`(?m)^Requests/sec:\s+(\S+)$`)
	quantiles = regexp.MustCompile(`(?ms)^\s+50%\s+(\S+).*^\s+99%\s+(\S+)`)
)

// readWrk reads the output of wrk.
func readWrk(output string) (m measurement, err error) {
	if failed := failures.FindString(output); failed != "" {
		return m, fmt.Errorf("wrk: %s", strings.TrimSpace(failed))
	}
	rate, latency := perSecond.FindStringSubmatch(output), quantiles.FindStringSubmatch(output)
	if rate == nil || latency == nil {
		return m, fmt.Errorf("wrk wrote %q", output)
	}
	var err2, err3 error
	m.throughput, err = strconv.ParseFloat(rate[1], 64)
	m.p50, err2 = time.ParseDuration(latency[1])
	m.p99, err3 = time.ParseDuration(latency[2])
	return m, errors.Join(err, err2, err3)
}

// resident returns the memory that a process has in RAM.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

const caddyfile = `{
	admin off
	auto_https off
%s}
http://%s {
	bind 127.0.0.1
%s	reverse_proxy %s
}
`

// startServers starts all servers that are measured, and the service behind them.
// It returns a function that ends them. The function is there after an error too.
func startServers() (servers map[string]*server, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, stop := range stops {
			stop()
		}
	}
	folder, err := os.MkdirTemp("", "ostrace-measure-")
	if err != nil {
		return nil, stop, err
	}
	stops = append(stops, func() { _ = os.RemoveAll(folder) }) // a folder for temporary files is cleaned up anyway
	keys := filepath.Join(folder, "hmac_keys")
	if err := os.WriteFile(keys, []byte("SECRET_KEY\n"), 0o600); err != nil {
		return nil, stop, err
	}
	service, stopService, err := startRole("service")
	stops = append(stops, stopService)
	if err != nil {
		return nil, stop, err
	}
	servers = map[string]*server{}
	for _, name := range names {
		share, hasGateway := shares[name]
		var s *server
		var stopServer func()
		if strings.HasPrefix(name, "Caddy") {
			s, stopServer, err = startCaddy(service.address, keys, share, hasGateway)
		} else {
			s, stopServer, err = startRole("proxy", service.address, share)
		}
		stops = append(stops, stopServer)
		if err != nil {
			return nil, stop, err
		}
		servers[name] = s
	}
	return servers, stop, nil
}

func startCaddy(service, keys, share string, hasGateway bool) (*server, func(), error) {
	address, err := caddyproc.FreeAddress()
	if err != nil {
		return nil, func() {}, err
	}
	var option, directive string
	if hasGateway {
		option = fmt.Sprintf("\tostrace {\n\t\thmac_keys {file.%s}\n\t\tshare %s%%\n\t}\n", keys, share)
		directive = "\tostrace\n"
	}
	caddy, err := caddyproc.Start(fmt.Sprintf(caddyfile, option, address, directive, service), []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + service, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
	}, address)
	if err != nil {
		return nil, func() {}, err
	}
	return &server{address: address, pid: caddy.PID}, caddy.Stop, nil
}

// roleVariable is the environment variable that makes this program one of the
// servers that are measured.
const roleVariable = "OSTRACE_MEASURE_ROLE"

// startRole starts this program as a server.
func startRole(role string, args ...string) (*server, func(), error) {
	nothing := func() {}
	program, err := os.Executable()
	if err != nil {
		return nil, nothing, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, append([]string{"127.0.0.1:0"}, args...)...) //nolint:gosec // this program
	command.Env = append(os.Environ(), roleVariable+"="+role)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		cancel()
		return nil, nothing, err
	}
	if err := command.Start(); err != nil {
		cancel()
		return nil, nothing, err
	}
	stop := func() {
		cancel()
		_ = command.Wait() // it was killed
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	return &server{address: strings.TrimSpace(address), pid: command.Process.Pid}, stop, err
}

// serve runs in the started program until it is killed. It writes its address.
func serve(role, address string, args []string) error {
	var handler http.Handler
	switch role {
	case "service":
		handler = service()
	case "proxy":
		var err error
		if handler, err = proxy(args[0], args[1]); err != nil {
			return err
		}
	default:
		return fmt.Errorf("there is no role %q", role)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, listener.Addr())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}

// service answers every request, also exports of spans.
func service() http.Handler {
	answer := []byte(`{"servers": ["` + strings.Repeat("a", 1<<10) + `"]}`)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Openstack-Request-Id", "req-5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b")
		_, _ = w.Write(answer) // the client may have gone
	})
	return mux
}

// proxy is a ReverseProxy to a service. It has a gateway if there is a share.
func proxy(service, share string) (http.Handler, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1000
	bare := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: service}) },
		Transport: transport,
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // when wrk ends, its requests are cut off
	}
	if share == "" {
		return bare, nil
	}
	percent, err := strconv.ParseFloat(share, 64)
	if err != nil {
		return nil, err
	}
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL("http://"+service+"/v1/traces"))
	if err != nil {
		return nil, err
	}
	g, err := gateway.New(gateway.Policy{Share: percent / 100}, gateway.WithHMACKeys(key),
		gateway.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))))
	if err != nil {
		return nil, err
	}
	return g.Handler(bare), nil
}
