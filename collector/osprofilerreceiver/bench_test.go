// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"fmt"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// BenchmarkDecode is the work of the receiver without the network, the storage and
// the next consumer: it reads messages, joins the halves of points, and makes spans.
func BenchmarkDecode(b *testing.B) {
	var bodies [][]byte
	size := 0
	for _, n := range nested(b, 500) {
		body := fmt.Appendf(nil, `{"message_id": "m", "publisher_id": "vm", "event_type": "profiler.api", "payload": %s, "priority": "INFO"}`, n.Payload)
		bodies, size = append(bodies, body), size+len(body)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		open := newOpenPoints(nil)
		var whole []points.Notification
		for _, body := range bodies {
			n, err := points.ParseMessage(body)
			if err != nil {
				b.Fatal(err)
			}
			whole = append(whole, open.add(n, time.Time{})...)
		}
		if traces, _ := tracesOf(whole); traces.SpanCount() != 500 {
			b.Fatalf("%d spans", traces.SpanCount())
		}
	}
	b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}
