// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// side is a cloud in one set-up, with a client that works on it and a meter.
type side struct {
	cloud cloud
	roles map[string]int // the process ids of the comparison's own servers

	setup    setup
	stores   *stores
	worker   *worker
	snapshot func() (snapshot, error)

	measurement measurement
	began       time.Time
	tasks       []task
}

// up brings the cloud up in a set-up, with services that were all started for it, and
// warms them up with a little work.
func (s *side) up(ctx context.Context, chosen setup) (err error) {
	if err := s.close(); err != nil {
		return err
	}
	if err := s.cloud.up(ctx, chosen); err != nil {
		return err
	}
	env, err := admin(s.cloud.state)
	if err != nil {
		return err
	}
	if s.stores, err = openStores(s.cloud.state, chosen); err != nil {
		return err
	}
	client, err := newClient(ctx, chosen, env)
	if err != nil {
		return err
	}
	s.setup = chosen
	s.snapshot = meter{state: s.cloud.state, roles: s.roles}.snapshot
	s.worker = &worker{client: client, command: newCommand(chosen, env), size: warmUpSize, prefix: fmt.Sprintf("comparison-%d", time.Now().UnixNano())}
	if s.worker.given, err = client.given(ctx); err != nil {
		return err
	}
	// Keystone and Placement have two processes, and each one needs more time for its first requests.
	for _, name := range []string{workList4, workServer4, workCommandList} {
		w := workNamed(name)
		if _, err := s.worker.do(ctx, w, w.tasks(s.worker)); err != nil {
			return fmt.Errorf("warming up: %w", err)
		}
	}
	return nil
}

func (s *side) close() (err error) {
	if s.worker != nil {
		s.worker.close()
	}
	if s.stores != nil {
		err = s.stores.close()
	}
	s.worker, s.stores = nil, nil
	return err
}

// begin begins to measure a piece of work of that size.
func (s *side) begin(ctx context.Context, name string, of size) (err error) {
	s.worker.size = of
	s.tasks = workNamed(name).tasks(s.worker)
	s.measurement, s.began = measurement{work: name}, time.Now()
	if err := s.stores.empty(ctx); err != nil {
		return err
	}
	s.measurement.before, err = s.snapshot()
	return err
}

// slice does the nth of so many slices of the work, which is a turn of the set-up.
func (s *side) slice(ctx context.Context, nth, of int) error {
	from, err := s.snapshot()
	if err != nil {
		return err
	}
	began := time.Now()
	calls, err := s.worker.do(ctx, workNamed(s.measurement.work), s.tasks[nth*len(s.tasks)/of:(nth+1)*len(s.tasks)/of])
	if err != nil {
		return err
	}
	s.measurement.calls = append(s.measurement.calls, calls...)
	s.measurement.wall += time.Since(began)
	to, err := s.snapshot()
	s.measurement.turn(from, to)
	return err
}

// end ends the measurement, and returns its rows. The caller has waited for the settle
// time.
func (s *side) end(ctx context.Context) (rows []row, err error) {
	s.measurement.window = time.Since(s.began)
	if s.measurement.after, err = s.snapshot(); err != nil {
		return nil, err
	}
	if s.measurement.stored, err = s.stores.recorded(ctx); err != nil {
		return nil, err
	}
	rows = s.measurement.rows()
	for i := range rows {
		rows[i].setup = s.setup.name
	}
	return rows, nil
}

// measure measures a whole piece of work of this side alone.
func (s *side) measure(ctx context.Context, name string, of size) ([]row, error) {
	if err := s.begin(ctx, name, of); err != nil {
		return nil, err
	}
	if err := s.slice(ctx, 0, 1); err != nil {
		return nil, err
	}
	if err := settle(ctx); err != nil {
		return nil, err
	}
	return s.end(ctx)
}

// settleTime is the time for which a measurement goes on after the work: a back end
// gets the last spans 5 seconds after their end at the latest (OTEL_BSP_SCHEDULE_DELAY). It
// is the same in all set-ups, so that what an idle cloud does in it is the same too.
const settleTime = 6 * time.Second

func settle(ctx context.Context) error {
	select {
	case <-time.After(settleTime):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
