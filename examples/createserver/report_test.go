// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	cloud := realCloud(t)
	r := execute(t.Context(), t, with("--output", "json")...)
	r.succeeded(t)
	report := r.report(t)
	if report.Error != "" || !regexp.MustCompile(`^[0-9a-f-]{36}$`).MatchString(report.ServerID) {
		t.Errorf("server %q, error %q", report.ServerID, report.Error)
	}
	if id := strings.ReplaceAll(report.BaseID, "-", ""); id != report.TraceID || len(id) != 32 {
		t.Errorf("the bridge: trace %q, base %q", report.TraceID, report.BaseID)
	}
	checkRules(t, cloud, report)

	ids := map[string]bool{}
	for _, span := range report.Spans {
		ids[span.SpanID] = true
	}
	var steps []string
	for i, span := range report.Spans {
		if span.Name == "" || span.Service != "createserver" || span.Attributes == nil || len(span.SpanID) != 16 || span.Start.IsZero() || span.End.Before(span.Start) {
			t.Errorf("the span %+v", span)
		}
		if root := span.ParentSpanID == ""; root != (i == 0) || !root && !ids[span.ParentSpanID] {
			t.Errorf("the span %d, %q, has the parent %q", i, span.Name, span.ParentSpanID)
		}
		if span.Kind == "internal" {
			steps = append(steps, span.Name)
		}
	}
	if want := []string{"createserver", "authenticate", "find image", "find flavor", "find network", "create server", "wait until ACTIVE", "delete server"}; !slices.Equal(steps, want) {
		t.Errorf("the steps %q, want %q", steps, want)
	}
	create := report.Spans[slices.IndexFunc(report.Spans, func(s spanJSON) bool { return s.Name == "POST /v2.1/servers" })]
	if create.Kind != "client" || create.Attributes["http.response.status_code"] != 202.0 || create.Attributes["openstack.service.type"] != "compute" || create.Status.Code != "Unset" {
		t.Errorf("the span %+v", create)
	}
}

// The members have the names in the documents.
func TestJSONMembers(t *testing.T) {
	clearEnvironment(t)
	r := execute(t.Context(), t, "--output", "json")
	var report map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server_id", "trace_id", "base_id"} {
		if value, _ := report[name].(string); value == "" {
			t.Errorf("%s is %v", name, report[name])
		}
	}
	spans, _ := report["spans"].([]any)
	services := map[any]bool{}
	for _, span := range spans {
		span := span.(map[string]any)
		services[span["service"]] = true
		for _, name := range []string{"name", "kind", "service", "trace_id", "span_id", "start", "end", "attributes", "status"} {
			if span[name] == nil || span[name] == "" {
				t.Errorf("%s of %v is %v", name, span["name"], span[name])
			}
		}
	}
	if len(services) != 9 {
		t.Errorf("spans of the services %v", services)
	}
}

func TestJSONOfAFailure(t *testing.T) {
	cloud := realCloud(t)
	r := execute(t.Context(), t, with("--flavor", "m1.toobig", "--output", "json")...)
	r.failed(t, 1, "No valid host was found")
	report := r.report(t)
	if "createserver: "+report.Error != r.own()[0] || report.ServerID == "" {
		t.Errorf("server %q, error %q", report.ServerID, report.Error)
	}
	if root := report.Spans[0]; root.Name != "createserver" || root.Status != (statusJSON{"Error", report.Error}) {
		t.Errorf("the root has the status %+v", root.Status)
	}
	nothingLeft(t, cloud)
}

// If standard output can't be written, the program fails.
func TestStandardOutputClosed(t *testing.T) {
	cloud := realCloud(t)
	var stderr strings.Builder
	if status := run(t.Context(), wanted, brokenPipe{}, &stderr); status != 1 || !strings.Contains(stderr.String(), "createserver: broken pipe") {
		t.Errorf("exit status %d\n%s", status, &stderr)
	}
	nothingLeft(t, cloud)
}

type brokenPipe struct{}

var _ io.Writer = brokenPipe{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
