// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
)

// open opens a store, which is closed when the test ends.
func open(t testing.TB, connection string) points.Store {
	t.Helper()
	s, err := store.Open(connection)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// readAll returns a trace's notifications, none of which may be unreadable.
func readAll(t *testing.T, s points.Store, baseID string) (notifications []points.Notification) {
	t.Helper()
	for n, err := range s.Notifications(t.Context(), baseID) {
		if err != nil {
			t.Fatal(err)
		}
		notifications = append(notifications, n)
	}
	return notifications
}

// listAll returns the traces of a list by their base_id.
func listAll(t *testing.T, s points.Store, filter points.ListFilter) map[string]points.TraceSummary {
	t.Helper()
	traces := make(map[string]points.TraceSummary)
	for summary, err := range s.List(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		if _, found := traces[summary.BaseID]; found {
			t.Errorf("the trace %s is listed twice", summary.BaseID)
		}
		traces[summary.BaseID] = summary
	}
	return traces
}

// rowOf returns a notification in the form in which OSProfiler's driver reads
// it.
func rowOf(n points.Notification) row {
	return row{
		TraceID: n.TraceID, ParentID: n.ParentID, Name: n.Name,
		Project: n.Project, Service: n.Service, Host: n.Host,
		Timestamp: n.Timestamp.Format(points.TimestampFormat), Payload: n.Payload,
	}
}

// sameAsOSProfiler reads a trace with Go and with OSProfiler's driver, and fails
// unless both have the same notifications in the same order.
func sameAsOSProfiler(t *testing.T, s points.Store, d *driver, baseID string) []points.Notification {
	t.Helper()
	want, got := d.read(t, baseID), readAll(t, s, baseID)
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d notifications, OSProfiler reads %d", len(got), len(want))
	}
	for i, n := range got {
		if n.BaseID != baseID {
			t.Errorf("notification %d: base_id %s, want %s", i, n.BaseID, baseID)
		}
		got, want := rowOf(n), want[i]
		if !sameJSON(t, got.Payload, want.Payload) {
			t.Errorf("notification %d: payload\n%.300s\nOSProfiler reads\n%.300s", i, got.Payload, want.Payload)
		}
		got.Payload, want.Payload = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("notification %d: %+v\nOSProfiler reads %+v", i, got, want)
		}
	}
	return got
}

// sameList lists traces with Go and with OSProfiler's driver, and fails unless
// both lists are the same.
func sameList(t *testing.T, s points.Store, d *driver, want ...string) map[string]points.TraceSummary {
	t.Helper()
	traces := listAll(t, s, points.AllTraces)
	var theirs []string
	for _, trace := range d.list(t) {
		theirs = append(theirs, trace.BaseID)
	}
	slices.Sort(theirs)
	slices.Sort(want)
	if got := sortedKeys(traces); !slices.Equal(got, want) || !slices.Equal(theirs, want) {
		t.Errorf("listed %q, OSProfiler lists %q, want %q", got, theirs, want)
	}
	return traces
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal(a, &left); err != nil {
		t.Fatalf("%v: %s", err, a)
	}
	if err := json.Unmarshal(b, &right); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return reflect.DeepEqual(left, right)
}
