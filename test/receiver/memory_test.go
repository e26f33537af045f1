// SPDX-License-Identifier: Apache-2.0

package receiver_test

import "testing"

// The memory of the Collector does not grow with what waits in the queue.
func TestBacklog(t *testing.T) {
	r := startRabbitMQ(t)
	p := newPublisher(t, r, newTemplate(t, r, ""))
	const single = 1000
	var base int
	for _, times := range []int{1, 10, 100} {
		p.publish(0, times*single)
		back := startBackend(t)
		c := queueReader(t, r, back.url)
		c.start()
		eventually(t, "all spans arrive", func() bool {
			spans, _, _ := back.counts()
			return spans == times*single
		})
		peak := c.peakMemory()
		c.process.end(15)
		t.Logf("a backlog of %d points: %d MB", times*single, peak>>20)
		if times == 1 {
			base = peak
		}
		if peak > base+base/2 {
			t.Errorf("%d MB for %d points, and %d MB for %d", peak>>20, times*single, base>>20, single)
		}
	}
}
