// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// takeover is the time within which another Collector reads the queue.
const takeover = 10 * time.Second

// Of several Collectors one reads the queue, and another one takes over when it
// dies, or when it hangs.
func TestStandby(t *testing.T) {
	t.Parallel()
	r := startRabbitMQ(t)
	for _, test := range []struct {
		collectors int
		queue      string
		options    string // of the services
		name       string
		signal     syscall.Signal
	}{
		{2, "classic", "", "killed", syscall.SIGKILL},
		{2, "classic", "", "hung", syscall.SIGSTOP},
		{4, "quorum", "rabbit_quorum_queue = True\n", "killed", syscall.SIGKILL},
		{4, "quorum", "rabbit_quorum_queue = True\n", "hung", syscall.SIGSTOP},
	} {
		t.Run(fmt.Sprintf("%d, %s queue, %s", test.collectors, test.queue, test.name), func(t *testing.T) {
			r.forget(t)
			standby(t, r, newTemplate(t, r, test.options), test.collectors, test.signal)
		})
	}
}

func standby(t *testing.T, r *rabbitMQ, m template, n int, signal syscall.Signal) {
	p := newPublisher(t, r, m)
	all, backs := make([]*collector, n), make([]*backend, n)
	for i := range all {
		backs[i] = startBackend(t)
		all[i] = queueReader(t, r, backs[i].url)
		all[i].start()
	}
	// received returns the number of different spans, and who sends.
	received := func() (spans int, by []int) {
		different := map[spanID]bool{}
		for i, b := range backs {
			b.mu.Lock()
			for id := range b.spans {
				different[id] = true
			}
			if len(b.spans) > 0 {
				by = append(by, i)
			}
			b.mu.Unlock()
		}
		return len(different), by
	}
	eventually(t, "each Collector reads or stands by", func() bool {
		reading, standing := 0, 0
		for _, c := range all {
			switch {
			case c.process.says("Standing by"):
				standing++
			case c.process.says("Reading"):
				reading++
			}
		}
		return reading == 1 && standing == n-1
	})
	published := 0
	more := func() {
		p.publish(published, published+1000)
		published += 1000
		eventually(t, "the spans arrive", func() bool {
			spans, _ := received()
			return spans == published
		})
	}
	more()
	more()
	_, by := received()
	if len(by) != 1 {
		t.Fatalf("the Collectors %v have sent spans, want one", by)
	}
	first := by[0]
	began := time.Now()
	all[first].process.signal(signal)
	more()
	took := time.Since(began)
	_, by = received()
	t.Logf("another Collector took over, and had read 1,000 points, after %v", took.Round(time.Millisecond))
	if len(by) != 2 || took > takeover {
		t.Errorf("after %v the Collectors %v have sent spans", took, by)
	}
}
