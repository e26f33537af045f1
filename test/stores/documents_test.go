// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// traces returns the traces of a list, in the order of their base_id.
func traces(t *testing.T, s points.Store, filter points.ListFilter) (found []points.TraceSummary) {
	t.Helper()
	for trace, err := range s.List(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, trace)
	}
	slices.SortFunc(found, func(a, b points.TraceSummary) int { return cmp.Compare(a.BaseID, b.BaseID) })
	return found
}

// earliest makes a list from OSProfiler's list, which has some traces more than
// once.
func earliest(t *testing.T, all []listed) (found []points.TraceSummary) {
	t.Helper()
	first := map[string]string{}
	for _, trace := range all {
		if have, found := first[trace.BaseID]; !found || trace.Timestamp < have {
			first[trace.BaseID] = trace.Timestamp
		}
	}
	for baseID, timestamp := range first {
		at, err := points.ParseTimestamp(timestamp)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, points.TraceSummary{BaseID: baseID, Timestamp: at})
	}
	slices.SortFunc(found, func(a, b points.TraceSummary) int { return cmp.Compare(a.BaseID, b.BaseID) })
	return found
}

// withoutDetails returns a list that has only the ids and the timestamps. It
// checks that the rest fits the notifications that OSProfiler reads.
func withoutDetails(t *testing.T, d *driver, list []points.TraceSummary, operation string) (found []points.TraceSummary) {
	t.Helper()
	for _, trace := range list {
		newest := ""
		rows := d.read(t, trace.BaseID)
		for _, r := range rows {
			newest = max(newest, r.Timestamp)
		}
		if len(rows) != trace.Notifications || newest != trace.Newest.Format(points.TimestampFormat) || trace.Operation != operation {
			t.Errorf("%+v; OSProfiler reads %d notifications, the newest of %s", trace, len(rows), newest)
		}
		found = append(found, points.TraceSummary{BaseID: trace.BaseID, Timestamp: trace.Timestamp})
	}
	return found
}

func sameTraces(t *testing.T, got, want []points.TraceSummary) {
	t.Helper()
	if len(got) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("listed %v\nwant   %v", got, want)
	}
}

// notifications returns n notifications of a trace, each of about size bytes.
func notifications(baseID string, n, size int) []map[string]any {
	made := make([]map[string]any, n)
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i := range made {
		made[i] = map[string]any{
			"name": "wsgi-start", "base_id": baseID, "parent_id": baseID, "trace_id": fmt.Sprintf("%08x-0000-4000-8000-000000000000", i),
			"timestamp": start.Add(time.Duration(i) * time.Microsecond).Format(points.TimestampFormat),
			"project":   "nova", "service": "osapi_compute",
			"info": map[string]any{"host": "ctl-1", "text": strings.Repeat("x", size)},
		}
	}
	return made
}

// ids returns the trace_id of each notification, or "unreadable". Any other
// error ends the reading.
func ids(ctx context.Context, s points.Store, baseID string) (found []string, err error) {
	for n, err := range s.Notifications(ctx, baseID) {
		switch {
		case errors.Is(err, points.ErrUnreadable):
			found = append(found, "unreadable")
		case err != nil:
			return found, err
		default:
			found = append(found, n.TraceID)
		}
	}
	return found, nil
}

// isClear fails if there is no error, or if the error has more than one line,
// lacks the text want, or shows the password.
func isClear(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "verysecret") {
		t.Errorf("%v; want one line with %q and without the password", err, want)
	}
}

// readsWithin reads a trace, and fails if the heap grows by more than bound
// while it reads. The tests that call it do not run at the same time as others.
func readsWithin(t *testing.T, s points.Store, want int, bound uint64) {
	t.Helper()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	read, most := 0, uint64(0)
	for n, err := range s.Notifications(t.Context(), baseID) {
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Payload) == 0 {
			t.Fatal("nothing was read")
		}
		if read++; read%(want/20) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc {
				most = max(most, now.HeapAlloc-before.HeapAlloc)
			}
		}
	}
	t.Logf("%d notifications, at most %d MB more than before", read, most>>20)
	if read != want || most > bound {
		t.Errorf("%d notifications, want %d; %d bytes of the heap, want at most %d", read, want, most, bound)
	}
}

// until waits for an event in another goroutine.
func until[T any](t *testing.T, what string, happened <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-happened:
	case <-time.After(limit):
		t.Fatalf("never happened: %s", what)
	}
	return value
}
