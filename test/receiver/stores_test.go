// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"maps"
	"net/http"
	"syscall"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/ostrace/ostrace/points"
)

// Nothing is lost when the Collector that reads a store is killed in the middle of
// requests, and while the back end is down, while OSProfiler's own driver goes on to
// store.
func TestStoreNothingLost(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) (connection string){
		"Redis":   func(t testing.TB) string { return "redis://" + startRedis(t) },
		"MariaDB": startMariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection := start(t)
			back := startBackend(t)
			c := newCollector(t, connection, "    poll_interval: 200ms\n", back.url)
			kill := func() { c.process.end(syscall.SIGKILL) }
			// A batch has at most 2,000 notifications of these 8,400.
			written := startWriting(t, "", profilerConfig(connection), 600)

			back.answer(http.StatusServiceUnavailable)
			c.start()
			eventually(t, "the back end is tried again", func() bool { return back.tried() > 2 })
			kill()
			c.start()
			back.answer(0)
			for _, spans := range []int{1, 1000, 2000} {
				back.at(t, spans, kill)
				c.start()
			}

			want := idsOf(t, written())
			eventually(t, "all spans arrive", func() bool {
				spans, _, _ := back.counts()
				return spans >= len(want)
			})
			c.process.end(syscall.SIGTERM)
			_, twice, incomplete := back.counts()
			got := back.ids()
			t.Logf("%d different spans of %d, of which %d came more than once", len(got), len(want), twice)
			if !maps.Equal(got, want) || incomplete != 0 {
				t.Errorf("%d different spans, want %d; %d came without their start or stop", len(got), len(want), incomplete)
			}
		})
	}
}

// idsOf returns the ids of the spans of notifications.
func idsOf(t *testing.T, written []points.Notification) map[spanID]bool {
	t.Helper()
	ids := map[spanID]bool{}
	for _, trace := range tracesOf(t, written) {
		for _, span := range trace.Spans() {
			ids[spanID{pcommon.TraceID(span.SpanContext().TraceID()), pcommon.SpanID(span.SpanContext().SpanID())}] = true
		}
	}
	return ids
}
