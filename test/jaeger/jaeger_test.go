// SPDX-License-Identifier: Apache-2.0

package jaeger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/sdk"
	"github.com/ostrace/ostrace/test/jaeger"
)

const within = 20 * time.Second

// build builds one of the project's programs.
func build(t *testing.T, module, program string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "program")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-C", module, "-o", path, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

// run runs a program whose environment is env.
func run(t *testing.T, env []string, program string, args ...string) (stdout []byte) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	var stderr strings.Builder
	command.Stderr = &stderr
	stdout, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, &stderr)
	}
	return stdout
}

// The exports of a Go program and the services of the simulated cloud are one
// tree in Jaeger. Each span is there once, under the parent that it has in the
// program's own report.
func TestCreateServer(t *testing.T) {
	program := build(t, "../../examples", "./createserver")
	server := jaeger.Start(t, jaeger.Addresses{})
	for protocol, address := range map[string]string{"http/protobuf": server.HTTP, "grpc": server.GRPC} {
		t.Run(protocol, func(t *testing.T) {
			stdout := run(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + address, "OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol},
				program, "--output", "json")
			var report struct {
				TraceID string `json:"trace_id"`
				Spans   []struct {
					Service      string `json:"service"`
					Name         string `json:"name"`
					SpanID       string `json:"span_id"`
					ParentSpanID string `json:"parent_span_id"`
				} `json:"spans"`
			}
			if err := json.Unmarshal(stdout, &report); err != nil {
				t.Fatal(err)
			}
			trace := server.Eventually(t, within, report.TraceID, jaeger.Trace.Tree)
			stored := map[string]jaeger.Span{}
			for _, s := range trace {
				stored[s.SpanID] = s
			}
			for _, s := range report.Spans {
				found := stored[s.SpanID]
				if found.Name != s.Name || found.Service != s.Service || found.ParentSpanID != s.ParentSpanID {
					t.Errorf("%+v is stored as %+v", s, found)
				}
			}
			if len(trace) != len(report.Spans) || server.Shown(t, report.TraceID) != len(report.Spans) {
				t.Errorf("%d spans are stored and %d shown, want %d", len(trace), server.Shown(t, report.TraceID), len(report.Spans))
			}
			// These are the program itself, and the eight services of Keystone,
			// Glance, Neutron, Placement and Nova.
			if services := trace.Services(); len(services) != 9 {
				t.Errorf("the services are %v", services)
			}
		})
	}
}

// A stored trace that is exported is shown as it is stored, and once, however
// often it is exported.
func TestExport(t *testing.T) {
	const points, traceID = 18, "a3c082a532164635925a3cdd42b8192d"
	ostrace := build(t, "../../cmd/ostrace", ".")
	server := jaeger.Start(t, jaeger.Addresses{})
	for times := 1; times <= 2; times++ {
		run(t, nil, ostrace, "export", "../../points/testdata/image-show.json", "--endpoint", "http://"+server.HTTP)
		trace := server.Eventually(t, within, traceID, func(trace jaeger.Trace) error {
			if len(trace) != times*points {
				return fmt.Errorf("%d spans, want %d", len(trace), times*points)
			}
			return nil
		})
		if lost := trace.Lost(); len(lost) > 0 {
			t.Errorf("spans lack their parent: %v", lost)
		}
		if twice := trace.Twice(); len(twice) != (times-1)*points {
			t.Errorf("after %d exports %d spans are there twice", times, len(twice))
		}
		if shown := server.Shown(t, traceID); shown != points {
			t.Errorf("after %d exports %d spans are shown", times, shown)
		}
		if services := slices.Sorted(maps.Keys(trace.Services())); len(services) != 2 {
			t.Errorf("the services are %v", services)
		}
	}
}

// A trace id of the 64-bit generator is found in Jaeger by the short id that is
// printed beside it.
func TestShortTraceID(t *testing.T) {
	server := jaeger.Start(t, jaeger.Addresses{})
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL("http://"+server.HTTP+"/v1/traces"))
	if err != nil {
		t.Fatal(err)
	}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(sdk.IDGenerator64()), sdktrace.WithBatcher(exporter))
	ctx, root := tracers.Tracer("test").Start(t.Context(), "root")
	_, child := tracers.Tracer("test").Start(ctx, "child")
	child.End()
	root.End()
	if err := tracers.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	long := root.SpanContext().TraceID().String()
	for _, id := range []string{long, long[16:]} {
		trace := server.Trace(t, id)
		if err := trace.Tree(); err != nil || len(trace) != 2 {
			t.Errorf("trace %s: %v: %v", id, err, trace)
		}
	}
	if trace := server.Trace(t, "1"+long[1:]); trace != nil {
		t.Errorf("another id has the trace %v", trace)
	}
}
