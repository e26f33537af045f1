// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

// A large trace is read with only a small part of it in memory. It is read before the
// tests that run at the same time, whose memory would count too.
func TestLargeTrace(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) { largeTrace(t, start(t)) })
	}
}

func largeTrace(t *testing.T, s server) {
	t.Helper()
	const each, batch = 50 << 10, 40
	size, limit := s.large, uint64(s.large/3)
	st := open(t, s.fresh(t))
	fill(t, st, size/each/batch, batch, strings.Repeat("SELECT 'some text' ", each/19))
	runtime.GC()

	var bytes, count int
	var most uint64
	for n, err := range st.Notifications(t.Context(), baseID) {
		if err != nil {
			t.Fatal(err)
		}
		bytes += len(n.Payload)
		if count++; count%100 == 0 {
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			most = max(most, memory.HeapAlloc)
		}
	}
	t.Logf("%d MB in %d notifications, with %d MB of memory", bytes>>20, count, most>>20)
	if bytes < size*9/10 || most > limit {
		t.Errorf("%d MB with %d MB of memory, want %d MB with less than %d MB", bytes>>20, most>>20, size>>20, limit>>20)
	}
}

// fill writes a trace in batches of notifications with the same statement.
func fill(t *testing.T, s points.Store, batches, batch int, statement string) {
	t.Helper()
	notifications := make([]points.Notification, batch)
	for i := range notifications {
		notifications[i] = written(t, baseID, otherID, "db-start", began, map[string]any{"db": map[string]any{"statement": statement}})
	}
	for range batches {
		write(t, s, notifications...)
	}
}
