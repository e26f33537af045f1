// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"maps"
	"os"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"
)

// settleTime is the time for which a measurement goes on after the work: a back end
// gets the last spans 5 seconds after their end at the latest (OTEL_BSP_SCHEDULE_DELAY). It
// is the same in all set-ups, so that what an idle cloud does in it is the same too.
const settleTime = 6 * time.Second

// meter measures the processes and back ends of a set-up.
type meter struct {
	state  string
	stores *stores
	roles  map[string]int // the process ids of the comparison's own servers
	settle time.Duration
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

// measure measures a piece of work, and returns its rows: one for the whole, one for
// each service and the client, and one for each kind of call.
func (m meter) measure(ctx context.Context, name string, do func(context.Context) ([]timed, error)) ([]row, error) {
	if err := m.stores.empty(ctx); err != nil {
		return nil, err
	}
	before, err := m.snapshot()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	calls, err := do(ctx)
	if err != nil {
		return nil, err
	}
	wall := time.Since(began)
	select {
	case <-time.After(m.settle):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	after, err := m.snapshot()
	if err != nil {
		return nil, err
	}
	stored, err := m.stores.recorded(ctx)
	if err != nil {
		return nil, err
	}
	sent := after.sink.minus(before.sink)
	return rowsOf(name, calls, wall, before, after, sent, stored), nil
}

// rowsOf makes the rows of a piece of work.
func rowsOf(name string, calls []timed, wall time.Duration, before, after snapshot, sent, stored recorded) []row {
	whole := row{work: name, calls: len(calls), wall: wall, bytes: sent.Bytes + stored.Bytes}
	whole.p50, whole.p90 = quantiles(calls)
	byService := map[string]row{}
	for service, used := range after.services {
		r := row{work: name, of: service, cpu: used.cpu - before.services[service].cpu, resident: used.resident}
		whole.cpu += r.cpu
		whole.resident += r.resident
		byService[service] = r
	}
	for _, from := range []recorded{sent, stored} {
		for service, of := range from.Spans {
			r := byService[service]
			r.work, r.of = name, service
			r.spans.add(of)
			byService[service] = r
			whole.spans.add(of)
		}
	}
	rows := []row{whole, {work: name, of: ofClient, cpu: after.client - before.client}}
	for _, service := range slices.Sorted(maps.Keys(byService)) {
		rows = append(rows, byService[service])
	}
	kinds := map[string][]timed{}
	for _, c := range calls {
		kinds[c.name] = append(kinds[c.name], c)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		r := row{work: name, of: ofCall + kind, calls: len(kinds[kind])}
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
