// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// memory is a store with the traces of a test.
type memory struct {
	traces map[string][]points.Notification
	failed []string // the traces that are listed as failed
}

func (m memory) List(_ context.Context, filter points.ListFilter) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		for id, all := range m.traces {
			if filter == points.ErrorTraces && !slices.Contains(m.failed, id) {
				continue
			}
			if !yield(points.TraceSummary{BaseID: id, Timestamp: all[0].Timestamp, Notifications: len(all)}, nil) {
				return
			}
		}
	}
}

func (m memory) Notifications(_ context.Context, id string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		for _, n := range m.traces[id] {
			if !yield(n, nil) {
				return
			}
		}
	}
}

func (memory) Close() error { return nil }

// recorded returns the traces of the library's recordings (points/testdata) whose
// heads begin with a text, as if the newest of their points were a minute old.
func recorded(t *testing.T, head string, most int) memory {
	t.Helper()
	file, err := os.Open("../../../../points/testdata/recordings.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	m := memory{traces: map[string][]points.Notification{}}
	base, took := "", time.Duration(0)
	shift := func() {
		for i := range m.traces[base] {
			n := &m.traces[base][i]
			n.Timestamp = n.Timestamp.Add(-took)
		}
		took = 0
	}
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		line := scanner.Text()
		if strings.HasPrefix(line, "# ") {
			shift()
			base = ""
			if strings.HasPrefix(line, "# "+head) && len(m.traces) < most {
				base = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(m.traces))
				m.traces[base] = nil
			}
			continue
		}
		if base == "" {
			continue
		}
		f := strings.Split(line, "\t")
		for i, half := range []string{"-start", "-stop"} {
			ms, err := strconv.Atoi(f[5+i])
			if err != nil {
				continue // it was not stored
			}
			at := time.Duration(ms) * time.Millisecond
			took = max(took, at)
			info := map[string]any{"host": "vm"}
			if i == 0 {
				info["function"] = map[string]string{"name": f[7], "kwargs": f[8]}
			} else if f[9] != "" {
				info["etype"] = f[9]
			}
			m.traces[base] = append(m.traces[base], point(base, f[0], strings.Replace(f[1], "base", base, 1), f[2]+half, f[3], f[4], time.Now().Add(at-time.Minute), info))
		}
	}
	shift()
	if err := scanner.Err(); err != nil || len(m.traces) == 0 {
		t.Fatalf("%d recordings of %q, %v", len(m.traces), head, err)
	}
	return m
}

func point(base, id, parent, name, project, service string, at time.Time, info map[string]any) points.Notification {
	payload, _ := json.Marshal(map[string]any{
		"name": name, "base_id": base, "trace_id": id, "parent_id": parent, "timestamp": at.UTC().Format(points.TimestampFormat),
		"project": project, "service": service, "info": info,
	})
	return points.Notification{
		Name: name, BaseID: base, TraceID: id, ParentID: parent, Project: project, Service: service, Host: "vm", Timestamp: at.UTC(), Payload: payload,
	}
}

func examineStore(t *testing.T, s points.Store) *Report {
	t.Helper()
	r, err := Examine(t.Context(), Options{Store: s, Since: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// In a cloud whose workers are native threads, traces have points of others, and
// stop at the API. In other clouds they do not.
func TestRecordings(t *testing.T) {
	for _, test := range []struct {
		head string
		want []string
	}{
		{"threading go 4387", []string{"problem points-of-other-requests nova"}},
		{"threading go 0 cut", []string{"problem traces-stop nova"}},
		{"eventlet", nil},
		{"zed", nil},
	} {
		t.Run(test.head, func(t *testing.T) {
			m := recorded(t, test.head, 30)
			for id := range m.traces { // the failures that the clients provoked
				m.failed = append(m.failed, id)
			}
			r := examineStore(t, m)
			golden(t, "store-"+strings.ReplaceAll(test.head, " ", "-"), r)
			got := slices.DeleteFunc(found(r), func(f string) bool { return strings.HasPrefix(f, "advice") })
			if !slices.Equal(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

const (
	one   = "11111111-0000-4000-8000-000000000001"
	two   = "11111111-0000-4000-8000-000000000002"
	three = "11111111-0000-4000-8000-000000000003"
)

// took returns the notifications of a point that took a second, some time ago.
func took(base, id, parent, name, project, service string, ago time.Duration, info map[string]any) []points.Notification {
	at := time.Now().Add(-ago)
	return []points.Notification{
		point(base, id, parent, name+"-start", project, service, at, info),
		point(base, id, parent, name+"-stop", project, service, at.Add(time.Second), info),
	}
}

func TestStoreFindings(t *testing.T) {
	validation := map[string]any{"request": map[string]string{"method": "GET", "path": "/v3/auth/tokens"}}
	nothing := map[string]any{}
	for _, test := range []struct {
		name   string
		points []points.Notification
		want   []string
	}{
		{"a request of a program", took(one, two, three, "wsgi", "glance", "api", time.Minute, nothing), []string{"advice sql-is-not-traced glance"}},
		{"an orphan", took(one, two, three, "rpc", "nova", "nova-conductor", time.Minute, nothing), []string{"problem points-without-parents nova"}},
		{"an orphan that may get its parent", took(one, two, three, "rpc", "nova", "nova-conductor", time.Second, nothing), nil},
		{"an orphan of yesterday", took(one, two, three, "rpc", "nova", "nova-conductor", 24*time.Hour, nothing), nil},
		{"a validation for nobody", took(one, two, three, "wsgi", "keystone", "public", time.Minute, validation), []string{"problem points-without-parents keystone", "advice sql-is-not-traced keystone"}},
		{"a worker that is behind", slices.Concat(
			took(one, two, one, "wsgi", "cinder", "api", time.Minute, nothing), took(one, three, two, "db", "cinder", "cinder-volume", 62*time.Second, nothing),
		), []string{"problem clocks-differ cinder"}},
		{"a failure", slices.Concat(
			took(one, two, one, "wsgi", "glance", "api", time.Minute, nothing), took(one, three, two, "db", "glance", "api", 59*time.Second, map[string]any{"etype": "Boom"}),
		), []string{"advice errors-are-not-marked glance"}},
		{"a program's failure", took(one, two, one, "http", "createserver", "createserver", time.Minute, map[string]any{"etype": "404", "opentelemetry": map[string]any{}}), nil},
		{"traced calls", slices.Concat(
			took(one, two, one, "db", "glance", "api", time.Minute, nothing), took(one, three, two, "http", "glance", "api", 59*time.Second, nothing),
		), nil},
		{"calls that are not traced", slices.Concat(
			took(one, two, one, "wsgi", "nova", "osapi_compute", time.Minute, nothing), took(one, three, two, "wsgi", "placement", "placement", 59*time.Second, nothing),
		), []string{"advice sql-is-not-traced nova", "advice calls-are-not-traced nova"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := examineStore(t, memory{traces: map[string][]points.Notification{one: test.points}})
			if got := found(r); !slices.Equal(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

// An empty store is well.
func TestEmptyStore(t *testing.T) {
	golden(t, "store-empty", examineStore(t, memory{}))
}

// A trace that is too large is not read.
func TestLargeTrace(t *testing.T) {
	all := make([]points.Notification, 0, maxNotifications+2)
	for len(all) <= maxNotifications {
		all = append(all, took(one, two, one, "db", "nova", "osapi_compute", time.Minute, nil)...)
	}
	r := examineStore(t, memory{traces: map[string][]points.Notification{one: all}})
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], one) || r.Store.TracesRead != 0 {
		t.Errorf("%q, %+v", r.Notes, r.Store)
	}
}

// Of many traces the newest and the largest are read.
func TestChosen(t *testing.T) {
	now := time.Now()
	ts := newTraces(&examination{Options: Options{Since: time.Hour}, own: map[string]bool{"own": true}})
	var all []points.TraceSummary
	for i := range 300 {
		all = append(all, points.TraceSummary{BaseID: fmt.Sprintf("new %03d", i), Timestamp: now.Add(-time.Duration(i) * time.Second), Notifications: i % 7})
	}
	all = append(all,
		points.TraceSummary{BaseID: "own", Timestamp: now.Add(-2 * time.Hour)},
		points.TraceSummary{BaseID: "old", Timestamp: now.Add(-24 * time.Hour), Notifications: 5000},
		points.TraceSummary{BaseID: "small", Timestamp: now.Add(-24 * time.Hour), Notifications: 1},
	)
	var ids []string
	for _, summary := range ts.chosen(all) {
		ids = append(ids, summary.BaseID)
	}
	if len(ids) != maxTraces+1+maxLargest || !slices.Contains(ids, "own") || !slices.Contains(ids, "old") || slices.Contains(ids, "small") || slices.Contains(ids, "new 150") || !slices.Contains(ids, "new 099") {
		t.Errorf("%q", ids)
	}
}
