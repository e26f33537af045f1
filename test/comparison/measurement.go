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

// rowsOf makes the rows of a piece of work: one for the whole, one for each service and
// the client, and one for each kind of call.
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
