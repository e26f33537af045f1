// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"go.opentelemetry.io/otel/trace"
)

// A Go client calls a Go service in the cloud's catalog. The cloud's points
// hang under the service's spans, and these under the client's, in one trace
// ("One trace"). The service needs only the key for that.
func TestServiceInCatalog(t *testing.T) {
	const name = "ostrace-registry"
	service := startService(t)
	add := func(kind string, args ...string) string {
		t.Helper()
		stdout, _ := openstack(t, append([]string{kind, "create", "--format", "value", "--column", "id"}, args...)...)
		id := strings.TrimSpace(stdout)
		t.Cleanup(func() { openstack(t, kind, "delete", id) })
		return id
	}
	region := lookup(adminEnv, "OS_REGION_NAME")
	id := add("service", "--name", name, name)
	add("endpoint", "--region", region, id, "public", service.url)

	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	endpoint, err := c.provider.EndpointLocator(gophercloud.EndpointOpts{Type: name, Region: region, Availability: gophercloud.AvailabilityPublic})
	if err != nil {
		t.Fatal(err)
	}
	registry := &gophercloud.ServiceClient{ProviderClient: c.provider, Endpoint: endpoint}
	var answer struct{ Images []string }
	ctx, root := c.tracer.Start(t.Context(), "root")
	if _, err := registry.Get(ctx, registry.ServiceURL("v1", "images"), &answer, nil); err != nil {
		t.Fatal(err)
	}
	root.End()
	if !slices.Contains(answer.Images, "tiny") {
		t.Errorf("the service answered %v", answer.Images)
	}

	asked := c.reportOf(root.SpanContext().TraceID())
	var under string // the id of the client's span
	for _, s := range asked.Spans {
		if s.Name == "GET /v1/images" && s.Kind == "client" {
			under = s.SpanID
		}
	}
	log, recorded := service.stop(t)
	if !strings.Contains(log, "trace_id="+asked.TraceID) || !strings.Contains(log, "global_request_id=req-"+asked.BaseID) {
		t.Errorf("the service's log has neither or one of trace_id %s and the global request id:\n%s", asked.TraceID, log)
	}
	r := report{TraceID: asked.TraceID, BaseID: asked.BaseID, Spans: recorded}
	var story []string
	slices.SortStableFunc(recorded, func(a, b span) int { return strings.Compare(b.Kind, a.Kind) }) // the server's span first
	for _, s := range recorded {
		story = append(story, s.Kind+" "+s.Name)
		if s.TraceID != asked.TraceID || s.ParentSpanID != under {
			t.Errorf("%s hangs under %s in trace %s, not under %s in %s", s.Name, s.ParentSpanID, s.TraceID, under, asked.TraceID)
		}
		if s.Kind == "server" {
			under = s.SpanID
		}
	}
	if got := strings.Join(story, ", "); got != "server GET /v1/images, client GET /v3/auth/tokens, client GET /v2/images" {
		t.Errorf("the service's spans are %s", got)
	}
	eventually(t, func() error {
		found := points(t, r.BaseID)
		if err := unbroken(found, sentParents(r)); err != nil {
			return err
		}
		if len(logLines(t, "glance", "req-"+r.BaseID)) == 0 {
			return fmt.Errorf("no line with req-%s in Glance's log", r.BaseID)
		}
		return everyRequestArrived(found, r)
	})
}

// service is the running example of that name.
type service struct {
	url     string
	command *exec.Cmd
	stdout  bytes.Buffer
	log     chan string // gets its standard error, when it has ended
}

// startService builds and starts the example, on the real cloud and with spans
// written to standard output.
func startService(t *testing.T) *service {
	t.Helper()
	program := filepath.Join(t.TempDir(), "service")
	if output, err := exec.Command("go", "build", "-C", "../../examples", "-o", program, "./service").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	s := &service{command: exec.CommandContext(t.Context(), program, "-listen", "127.0.0.1:0"), log: make(chan string, 1)}
	s.command.Env = []string{
		"OS_AUTH_URL=" + lookup(adminEnv, "OS_AUTH_URL"), "OS_REGION_NAME=" + lookup(adminEnv, "OS_REGION_NAME"),
		"OS_PROFILER__ENABLED=true", "OS_PROFILER__HMAC_KEYS=SECRET_KEY", "OTEL_TRACES_EXPORTER=console",
	}
	s.command.Stdout = &s.stdout
	pipe, err := s.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.command.Process.Kill() }) // if it was not stopped
	stderr := bufio.NewReader(pipe)
	line, err := stderr.ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the service does not listen: %v\n%s", err, line)
	}
	s.url = address
	go func() {
		rest, _ := io.ReadAll(stderr)
		s.log <- string(rest)
	}()
	return s
}

// stop ends the service and returns its log and its spans.
func (s *service) stop(t *testing.T) (log string, spans []span) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case log = <-s.log:
	case <-time.After(20 * time.Second):
		t.Fatal("the service does not end")
	}
	if err := s.command.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log)
	}
	for decoder := json.NewDecoder(&s.stdout); ; {
		var read struct {
			Name                string
			SpanKind            trace.SpanKind
			SpanContext, Parent struct{ TraceID, SpanID string }
			Attributes          []struct {
				Key   string
				Value struct{ Value any }
			}
		}
		err := decoder.Decode(&read)
		if errors.Is(err, io.EOF) {
			return log, spans
		}
		if err != nil {
			t.Fatal(err)
		}
		found := span{
			Name: read.Name, Kind: read.SpanKind.String(), TraceID: read.SpanContext.TraceID, SpanID: read.SpanContext.SpanID,
			ParentSpanID: read.Parent.SpanID, Attributes: map[string]any{},
		}
		for _, kv := range read.Attributes {
			found.Attributes[kv.Key] = kv.Value.Value
		}
		spans = append(spans, found)
	}
}
