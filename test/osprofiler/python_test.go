// SPDX-License-Identifier: Apache-2.0

// Package osprofiler tests the library against OSProfiler's own code.
package osprofiler_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/hmac"
)

// python returns a command that runs a program with Debian's Python, which has
// OSProfiler, and without this process's environment.
func python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + t.TempDir(), "no_proxy=*", "OSPROFILER=" + newestOSProfiler(t)}
	return cmd
}

// newestOSProfiler returns the folder in which the script install keeps the
// release of requirements.txt.
func newestOSProfiler(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, version, _ := strings.Cut(string(data), "osprofiler==")
	version, _, _ = strings.Cut(version, " ")
	return filepath.Join(cache, "ostrace-osprofiler", version)
}

// digests are the digests with which the tests run. OSProfiler is Debian's
// unchanged package for SHA-1. For SHA-256 it is the newest release, in which
// one function is replaced.
var digests = []hmac.Digest{hmac.SHA1, hmac.SHA256}

// with returns the arguments of a command whose OSProfiler has the digest.
func with(digest hmac.Digest, args ...string) []string {
	if digest == hmac.SHA256 {
		return append([]string{"sha256.py"}, args...)
	}
	return args
}

// process is a running program of this folder. It answers lines, or requests,
// until the test ends.
type process struct {
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := python(t, args...)
	p := &process{stderr: new(bytes.Buffer)}
	cmd.Stderr = p.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin, p.stdout = stdin, bufio.NewReaderSize(stdout, 1<<16)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; test/osprofiler/install installs what is needed", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() && p.stderr.Len() > 0 {
			t.Logf("%s wrote: %s", args[0], p.stderr)
		}
	})
	return p
}

// send writes the value as one line of JSON.
func (p *process) send(value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = p.stdin.Write(append(line, '\n'))
	return err
}

// line returns the next line that the process writes.
func (p *process) line(t *testing.T) []byte {
	t.Helper()
	line, err := p.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no answer from Python: %v", err)
	}
	return bytes.TrimSpace(line)
}

// run runs a program to its end and returns what it wrote.
func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, &out, &errs)
	}
	return out.String(), errs.String()
}

// pythonService is service.py.
type pythonService struct{ url string }

// request has the trace of OSProfiler that its application saw. It is nil if
// there was none.
type request struct {
	BaseID   string `json:"base_id"`
	ParentID string `json:"parent_id"`
	ID       string `json:"id"`
	Key      string `json:"key"`
}

// point is one notification of OSProfiler.
type point struct {
	Name     string `json:"name"`
	BaseID   string `json:"base_id"`
	ParentID string `json:"parent_id"`
	TraceID  string `json:"trace_id"`
}

func startService(t *testing.T, digest hmac.Digest, keys string) pythonService {
	t.Helper()
	port := start(t, with(digest, "service.py", keys)...).line(t)
	return pythonService{"http://127.0.0.1:" + string(port)}
}

// report returns the requests and the points that the service saw and recorded
// since the last call.
func (s pythonService) report(t *testing.T) (requests []*request, points []point) {
	t.Helper()
	_, body := get(t, plainClient, s.url+"/report", nil)
	var report struct {
		Requests []*request `json:"requests"`
		Points   []point    `json:"points"`
	}
	if err := json.Unmarshal([]byte(body), &report); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return report.Requests, report.Points
}

// traced returns the service's only request. It fails unless the request is
// traced, with points that hang together like OSProfiler's.
func (s pythonService) traced(t *testing.T) request {
	t.Helper()
	requests, points := s.report(t)
	if len(requests) != 1 || requests[0] == nil {
		t.Fatalf("%d requests, not one that is traced", len(requests))
	}
	r := *requests[0]
	names := make([]string, len(points))
	for i, p := range points {
		names[i] = p.Name
		if p.BaseID != r.BaseID {
			t.Errorf("the point %s has base_id %s, want %s", p.Name, p.BaseID, r.BaseID)
		}
	}
	if got := strings.Join(names, " "); got != "wsgi-start inside-start inside-stop wsgi-stop" {
		t.Fatalf("points %s", got)
	}
	if wsgi, inside := points[0], points[1]; wsgi.TraceID != r.ID || wsgi.ParentID != r.ParentID || inside.ParentID != wsgi.TraceID {
		t.Errorf("points %+v, application %+v", points, r)
	}
	return r
}

// untraced fails unless the service has served one request and has not traced
// it.
func (s pythonService) untraced(t *testing.T) {
	t.Helper()
	requests, points := s.report(t)
	if len(requests) != 1 || len(points) != 0 {
		t.Errorf("%d requests, want one; points %+v", len(requests), points)
	}
	for _, r := range requests {
		if r != nil {
			t.Errorf("a profiler in the application: %+v", r)
		}
	}
}

// plainClient sends requests unchanged, without the library.
var plainClient = &http.Client{Timeout: time.Minute}

// get returns an answer: its status and headers in one text, and its body.
func get(t *testing.T, client *http.Client, url string, header http.Header) (head, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Del("Date")
	var fields bytes.Buffer
	_ = resp.Header.Write(&fields)
	return resp.Status + "\n" + fields.String(), string(data)
}

// pythonClient is the output of client.py.
type pythonClient struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
	BaseID string `json:"base_id"`
	ID     string `json:"id"`
}

func runClient(t *testing.T, digest hmac.Digest, key, url string, points ...string) pythonClient {
	t.Helper()
	stdout, _ := run(t, python(t, with(digest, append([]string{"client.py", key, url}, points...)...)...))
	var c pythonClient
	if err := json.Unmarshal([]byte(stdout), &c); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	return c
}

func newTracers(opts ...sdktrace.TracerProviderOption) (*sdktrace.TracerProvider, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(append(opts, sdktrace.WithSpanProcessor(spans))...), spans
}

func mustKey(t *testing.T, secret string, digests ...hmac.Digest) hmac.Key {
	t.Helper()
	key, err := hmac.NewKey(secret, digests...)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustKeys(t *testing.T, option string) hmac.Keys {
	t.Helper()
	keys, err := hmac.ParseKeys(option)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// uuid writes hex digits in the form of OSProfiler's ids, without the library.
func uuid(hex string) string {
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}

// low returns the low 64 bits of a UUID in hex digits.
func low(uuid string) string {
	hex := strings.ReplaceAll(uuid, "-", "")
	return hex[len(hex)-16:]
}
