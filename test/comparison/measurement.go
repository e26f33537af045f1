// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"os"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"
)

// meter measures the processes of a set-up.
type meter struct {
	state string
	roles map[string]int // the process ids of the comparison's own servers
}

// snapshot is the state of everything that is measured at one time.
type snapshot struct {
	services map[string]usage
	client   time.Duration
	sink     recorded
}

func (m meter) snapshot() (s snapshot, err error) {
	groups, err := services(m.state)
	if err != nil {
		return s, err
	}
	maps.Copy(groups, m.roles)
	used, err := usages(os.DirFS("/proc"))
	if err != nil {
		return s, err
	}
	s.client = ownTime()
	s.services = map[string]usage{}
	for name, group := range groups {
		s.services[name] = used[group]
	}
	s.sink, err = sinkRecorded()
	return s, err
}

// measurement is that of one piece of work.
type measurement struct {
	work          string
	calls         []timed
	wall          time.Duration            // of the turns
	turns         map[string]time.Duration // the processor time of each service in the turns
	window        time.Duration
	before, after snapshot
	stored        recorded
}

// turn adds the processor time between two snapshots.
func (m *measurement) turn(from, to snapshot) {
	if m.turns == nil {
		m.turns = map[string]time.Duration{}
	}
	for service, used := range to.services {
		m.turns[service] += used.cpu - from.services[service].cpu
	}
}

// rows returns the rows of the measurement: one for the whole, one for each service and
// the client, and one for each kind of call.
func (m measurement) rows() []row {
	sent := m.after.sink.minus(m.before.sink)
	whole := row{work: m.work, calls: len(m.calls), wall: m.wall, window: m.window, bytes: sent.Bytes + m.stored.Bytes}
	whole.p50, whole.p90 = quantiles(m.calls)
	byService := map[string]row{}
	for service, used := range m.after.services {
		r := row{work: m.work, of: service, cpu: m.turns[service], resident: used.resident}
		r.outOfTurn = used.cpu - m.before.services[service].cpu - r.cpu
		whole.cpu += r.cpu
		whole.outOfTurn += r.outOfTurn
		whole.resident += r.resident
		byService[service] = r
	}
	for _, from := range []recorded{sent, m.stored} {
		for service, of := range from.Spans {
			r := byService[service]
			r.work, r.of = m.work, service
			r.spans.add(of)
			byService[service] = r
			whole.spans.add(of)
		}
	}
	rows := []row{whole, {work: m.work, of: ofClient, cpu: m.after.client - m.before.client}}
	for _, service := range slices.Sorted(maps.Keys(byService)) {
		rows = append(rows, byService[service])
	}
	kinds := map[string][]timed{}
	for _, c := range m.calls {
		kinds[c.name] = append(kinds[c.name], c)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		r := row{work: m.work, of: ofCall + kind, calls: len(kinds[kind])}
		r.p50, r.p90 = quantiles(kinds[kind])
		rows = append(rows, r)
	}
	return rows
}

// quantiles returns the times within which half of the calls ended, and nine of ten.
func quantiles(calls []timed) (p50, p90 time.Duration) {
	if len(calls) == 0 {
		return 0, 0
	}
	var seconds []float64
	for _, c := range calls {
		seconds = append(seconds, c.wall.Seconds())
	}
	slices.Sort(seconds)
	at := func(p float64) time.Duration {
		return time.Duration(stat.Quantile(p, stat.Empirical, seconds, nil) * float64(time.Second))
	}
	return at(0.5), at(0.9)
}
