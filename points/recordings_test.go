// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// recording is a trace that was recorded from an OpenStack; see
// testdata/recordings.md.
type recording struct {
	cloud, client string
	strangers     int // the number of points that began after the client had ended
	whole         bool
	trace         *points.Trace
}

const recordedBase = "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"

func recordings(t testing.TB) []*recording {
	t.Helper()
	in, err := gzip.NewReader(bytes.NewReader(read(t, "testdata/recordings.txt.gz")))
	if err != nil {
		t.Fatal(err)
	}
	var list []*recording
	var notifications []points.Notification
	end := func() {
		if len(list) == 0 {
			return
		}
		list[len(list)-1].trace, err = points.NewTrace(recordedBase, sequence(notifications))
		if err != nil {
			t.Fatal(err)
		}
		notifications = nil
	}
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		if head, ok := strings.CutPrefix(scanner.Text(), "# "); ok {
			end()
			words := strings.Fields(head)
			strangers, err := strconv.Atoi(words[2])
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, &recording{cloud: words[0], client: words[1], strangers: strangers, whole: words[3] == "whole"})
			continue
		}
		notifications = append(notifications, recordedPoint(t, scanner.Text())...)
	}
	end()
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func sequence(list []points.Notification) func(func(points.Notification, error) bool) {
	return func(yield func(points.Notification, error) bool) {
		for _, n := range list {
			if !yield(n, nil) {
				return
			}
		}
	}
}

// recordedPoint makes the notifications of one line again.
func recordedPoint(t testing.TB, line string) []points.Notification {
	t.Helper()
	f := strings.Split(line, "\t")
	id, parent, name, project, service, start, stop, function, kwargs, etype := f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]
	if parent == "base" {
		parent = recordedBase
	}
	var list []points.Notification
	for _, half := range []struct {
		name, at string
		info     map[string]any
	}{
		{name + "-start", start, map[string]any{"function": map[string]any{"name": function, "kwargs": kwargs}}},
		{name + "-stop", stop, map[string]any{}},
	} {
		if half.at == "" {
			continue
		}
		at, err := strconv.Atoi(half.at)
		if err != nil {
			t.Fatal(err)
		}
		if etype != "" && half.at == stop {
			half.info["etype"] = etype
		}
		payload, err := json.Marshal(map[string]any{"info": half.info})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, points.Notification{
			Name: half.name, BaseID: recordedBase, TraceID: id, ParentID: parent, Project: project, Service: service, Host: "vm",
			Timestamp: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).Add(time.Duration(at) * time.Millisecond), Payload: payload,
		})
	}
	return list
}

// Every trace with points of other requests is found, with their number. Every
// trace that stops before its end is found. No other trace has findings.
func TestFindingsOfRecordings(t *testing.T) {
	counts := map[string]int{}
	for i, r := range recordings(t) {
		name := fmt.Sprintf("%d, %s, %s", i, r.cloud, r.client)
		f := r.trace.Findings()
		if len(f.Strangers) != r.strangers {
			t.Errorf("%s: %d of %d points are taken for strangers, %d are", name, len(f.Strangers), r.trace.Len(), r.strangers)
		}
		if whole := len(f.Unanswered) == 0; whole != r.whole {
			t.Errorf("%s: whole is %t, want %t", name, whole, r.whole)
		}
		if notes := f.Notes(); len(notes) != 0 != (r.strangers > 0 || !r.whole) {
			t.Errorf("%s: notes %q", name, notes)
		}
		if r.strangers > 0 {
			counts["with strangers"]++
			rest := r.trace.Without(f.Strangers)
			if again := rest.Findings(); len(again.Strangers) > 0 || rest.Len() != r.trace.Len()-r.strangers {
				t.Errorf("%s: without its strangers, the trace has %d points, and %d strangers", name, rest.Len(), len(again.Strangers))
			}
			if !slices.Equal(ids(rest.Findings().Unanswered), ids(f.Unanswered)) {
				t.Errorf("%s: without strangers, the trace stops elsewhere", name)
			}
		}
		if !r.whole {
			counts["cut off"]++
		}
		if r.whole && r.strangers == 0 {
			counts["clean "+r.cloud]++
		}
	}
	t.Log(counts)
	for what, least := range map[string]int{"with strangers": 20, "cut off": 20, "clean zed": 40, "clean eventlet": 40} {
		if counts[what] < least {
			t.Errorf("%d recordings are %s, want %d at least", counts[what], what, least)
		}
	}
}

func ids(list []*points.Point) []string {
	var ids []string
	for _, p := range list {
		ids = append(ids, p.TraceID)
	}
	slices.Sort(ids)
	return ids
}
