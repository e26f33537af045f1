// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"net/http"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Nothing is lost when the Collector is killed in the middle, ends as asked, when
// RabbitMQ is restarted, when the back end is down for a minute, and when there are
// messages that nobody can read.
func TestNothingLost(t *testing.T) {
	t.Parallel()
	const total = 200_000
	r := startRabbitMQ(t)
	back := startBackend(t)
	// What RabbitMQ itself keeps over a restart is a durable queue.
	m := newTemplate(t, r, "amqp_durable_queues = True\n")
	p := newPublisher(t, r, m)
	p.send([]byte("no JSON"), []byte(`{"payload": {}}`), []byte("\xff\x00"))
	p.publish(0, total/2)

	c := queueReader(t, r, back.url)
	c.start()
	kill := func() { c.process.end(syscall.SIGKILL) }
	back.at(t, 20_000, kill)
	c.start()
	back.at(t, 40_000, kill)
	c.start()
	back.at(t, 60_000, func() {}) // between two requests
	c.process.end(syscall.SIGTERM)
	c.start()
	back.at(t, 80_000, r.restart)
	p = newPublisher(t, r, m)
	p.send([]byte("[]"), []byte(`{"oslo.version": "2.0", "oslo.message": "{"}`))
	p.publish(total/2, 3*total/4)
	eventually(t, "spans of the second part arrive", func() bool {
		spans, _, _ := back.counts()
		return spans >= 110_000
	})

	down := back.tried()
	back.answer(http.StatusServiceUnavailable)
	p.publish(3*total/4, total)
	eventually(t, "the back end is tried again", func() bool { return back.tried() > down+3 })
	outage := time.NewTimer(time.Minute)
	kill() // the Collector has stored what the back end has not taken
	c.start()
	<-outage.C
	back.answer(0)
	back.at(t, 160_000, kill)
	c.start()

	eventually(t, "all spans arrive", func() bool {
		spans, _, _ := back.counts()
		return spans >= total
	})
	channel := r.channel(t)
	eventually(t, "the queue is empty", func() bool { return r.waiting(t, channel) == 0 })
	c.process.end(syscall.SIGTERM)
	spans, twice, incomplete := back.counts()
	t.Logf("%d different spans of %d, of which %d came more than once", spans, total, twice)
	if spans != total || incomplete != 0 {
		t.Errorf("%d different spans, want %d; %d came without their start or stop", spans, total, incomplete)
	}
}

// The back end says that it never takes some spans: they are dropped, and the
// others arrive.
func TestPermanentError(t *testing.T) {
	t.Parallel()
	const total = 5000
	r := startRabbitMQ(t)
	back := startBackend(t)
	p := newPublisher(t, r, newTemplate(t, r, ""))
	back.answer(http.StatusBadRequest)
	c := queueReader(t, r, back.url)
	c.start()
	p.publish(0, total)
	dropped := regexp.MustCompile(`they are dropped.*"spans": (\d+)`)
	eventually(t, "all of them are dropped", func() bool {
		sum := 0
		for _, found := range dropped.FindAllStringSubmatch(c.process.output.tail(1<<20), -1) {
			spans, _ := strconv.Atoi(found[1])
			sum += spans
		}
		return sum == total
	})
	back.answer(0)
	p.publish(total, 2*total)
	eventually(t, "the others arrive", func() bool {
		spans, _, _ := back.counts()
		return spans >= total
	})
	if spans, twice, _ := back.counts(); spans != total || twice != 0 {
		t.Errorf("%d spans, want %d; %d came more than once", spans, total, twice)
	}
}
