// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"time"
)

// cost is the time and the processor time of a piece of work.
type cost struct {
	wall     time.Duration
	cpu      time.Duration // the processor time of the whole process
	requests int
	waiting  time.Duration // the time from the requests to the headers of their answers
}

func (c *cost) add(other cost) {
	c.wall += other.wall
	c.cpu += other.cpu
	c.requests += other.requests
	c.waiting += other.waiting
}

// meter is the outermost transport, so that the work of tracing is measured as
// a part of the request. It is for one goroutine.
type meter struct {
	next http.RoundTripper
	sent cost // requests and waiting
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	started := time.Now()
	resp, err := m.next.RoundTrip(r)
	m.sent.add(cost{requests: 1, waiting: time.Since(started)})
	return resp, err
}

// measure runs some work, and adds its cost to total.
func (m *meter) measure(total *cost, work func() error) error {
	sent, cpu, started := m.sent, processorTime(), time.Now()
	err := work()
	total.add(cost{
		wall: time.Since(started), cpu: processorTime() - cpu,
		requests: m.sent.requests - sent.requests, waiting: m.sent.waiting - sent.waiting,
	})
	return err
}
