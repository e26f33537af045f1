// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	imageShow = "../../points/testdata/image-show.json"
	baseID    = "a3c082a5-3216-4635-925a-3cdd42b8192d"
)

// The spans of the stored points arrive at the Collector as ostrace show
// --otlp-json writes them, and no others arrive when they are exported again.
func TestExport(t *testing.T) {
	ostrace := build(t, "../../cmd/ostrace", ".")
	for name, file := range map[string]struct {
		path   string
		points int
	}{"image show": {imageShow, 18}, "100 of them": {manyImageShows(t, 100), 1800}} {
		shown, err := exec.Command(ostrace, "show", "--otlp-json", file.path).Output()
		if err != nil {
			t.Fatal(err)
		}
		wanted, _ := spansIn(t, shown)
		if len(wanted) != file.points {
			t.Fatalf("%d spans of %d points", len(wanted), file.points)
		}
		for _, protocol := range []string{"http/protobuf", "grpc"} {
			t.Run(name+", "+protocol, func(t *testing.T) {
				c := startCollector(t)
				for times := 1; times <= 2; times++ {
					stdout, stderr, status := exportTo(t, ostrace, file.path, protocol, c.address(protocol))
					if status != 0 || stderr != "" || stdout != fmt.Sprintf("%d spans exported, trace id %s\n", file.points, strings.ReplaceAll(baseID, "-", "")) {
						t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
					}
					received, total := spansIn(t, c.taken()...)
					if total != times*file.points {
						t.Errorf("%d spans were received, want %d", total, times*file.points)
					}
					same(t, received, wanted)
				}
			})
		}
	}
}

// The next export completes one that was killed.
func TestExportKilled(t *testing.T) {
	ostrace := build(t, "../../cmd/ostrace", ".")
	file := manyImageShows(t, 100)
	shown, err := exec.Command(ostrace, "show", "--otlp-json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	wanted, _ := spansIn(t, shown)
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			c := startCollector(t)
			inTheMiddle, killed := make(chan struct{}), make(chan struct{})
			c.mu.Lock()
			c.arrives = func(message int) {
				if message == 3 {
					close(inTheMiddle)
					<-killed
				}
			}
			c.mu.Unlock()
			command := exportCommand(t, ostrace, file, protocol, c.address(protocol))
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-inTheMiddle:
			case <-time.After(limit):
				t.Error("there is no fourth message")
			}
			_ = command.Process.Kill()
			_ = command.Wait() // the error is the signal's
			close(killed)
			received, _ := spansIn(t, c.taken()...)
			if len(received) == 0 || len(received) == len(wanted) {
				t.Errorf("%d of %d spans were received", len(received), len(wanted))
			}
			if _, stderr, status := exportTo(t, ostrace, file, protocol, c.address(protocol)); status != 0 {
				t.Fatal(stderr)
			}
			received, _ = spansIn(t, c.taken()...)
			same(t, received, wanted)
		})
	}
}

// If the Collector does not exist, does not answer or refuses the spans,
// ostrace says so in one line.
func TestExportFails(t *testing.T) {
	ostrace := build(t, "../../cmd/ostrace", ".")
	c := startCollector(t)
	t.Cleanup(func() { _ = c.process.Signal(syscall.SIGCONT) }) // otherwise it could not end
	nobody := freePorts(t, 1)[0]
	stopped := func() {
		if err := c.process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name              string
		protocol, address string
		before            func()
		says              string
	}{
		{"another path", "http/protobuf", c.http + "/otlp", nil, "404"},
		{"the other protocol", "grpc", c.http, nil, "0 of 18 spans"},
		{"the other protocol", "http/protobuf", c.grpc, nil, "0 of 18 spans"},
		{"down", "http/protobuf", nobody, nil, "connection refused"},
		{"down", "grpc", nobody, nil, "connection refused"},
		{"stopped", "http/protobuf", c.http, stopped, "deadline exceeded"},
		{"stopped", "grpc", c.grpc, stopped, "deadline exceeded"},
	} {
		t.Run(test.name+", "+test.protocol, func(t *testing.T) {
			if test.before != nil {
				test.before()
			}
			stdout, stderr, status := exportTo(t, ostrace, imageShow, test.protocol, test.address)
			if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ostrace: ") || !strings.Contains(stderr, test.says) {
				t.Errorf("exit status %d, not 2 with a line that says %q:\n%s%s", status, test.says, stdout, stderr)
			}
			t.Log(stderr)
		})
	}
	if taken := c.taken(); len(taken) > 0 {
		t.Errorf("%d messages were taken", len(taken))
	}
}

func exportCommand(t *testing.T, ostrace, file, protocol, address string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), ostrace, "export", file, "--endpoint", "http://"+address, "--protocol", protocol)
	command.Env = []string{"HOME=" + t.TempDir(), "OTEL_EXPORTER_OTLP_TIMEOUT=3000"}
	return command
}

func exportTo(t *testing.T, ostrace, file, protocol, address string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	command := exportCommand(t, ostrace, file, protocol, address)
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); command.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

func (c *collector) address(protocol string) string {
	if protocol == "grpc" {
		return c.grpc
	}
	return c.http
}

// taken returns the messages that the back end has accepted.
func (c *collector) taken() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.messages)
}

// spansIn returns the spans of messages in OTLP's JSON by their ids, each with
// its resource and its scope, and their number.
func spansIn(t *testing.T, messages ...[]byte) (spans map[string]any, total int) {
	t.Helper()
	spans = map[string]any{}
	for _, text := range messages {
		var message struct {
			ResourceSpans []struct {
				Resource   any
				ScopeSpans []struct {
					Scope any
					Spans []map[string]any
				}
			}
		}
		if err := json.Unmarshal(text, &message); err != nil {
			t.Fatal(err)
		}
		for _, of := range message.ResourceSpans {
			for _, scope := range of.ScopeSpans {
				for _, span := range scope.Spans {
					spans[span["spanId"].(string)] = []any{of.Resource, scope.Scope, span}
					total++
				}
			}
		}
	}
	return spans, total
}

func same(t *testing.T, received, wanted map[string]any) {
	t.Helper()
	for id, span := range wanted {
		if !reflect.DeepEqual(received[id], span) {
			t.Fatalf("received\n%v\nwant\n%v", received[id], span)
		}
	}
	if len(received) != len(wanted) {
		t.Errorf("spans %v, want %d of them", slices.Sorted(maps.Keys(received)), len(wanted))
	}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// manyImageShows writes a trace that has the points of the recorded trace n
// times.
func manyImageShows(t *testing.T, n int) (file string) {
	t.Helper()
	text, err := os.ReadFile(imageShow)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Info     json.RawMessage   `json:"info"`
		Children []json.RawMessage `json:"children"`
		Stats    json.RawMessage   `json:"stats"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	recorded := report.Children
	report.Children = nil
	for i := range n {
		for _, child := range recorded {
			report.Children = append(report.Children, uuids.ReplaceAllFunc(child, func(id []byte) []byte {
				if string(id) == baseID {
					return id
				}
				low, _ := strconv.ParseUint(string(id[24:]), 16, 64)
				return fmt.Appendf(nil, "%s%012x", id[:24], (low+uint64(i))&(1<<48-1))
			}))
		}
	}
	if text, err = json.Marshal(report); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "trace.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
