// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// block brings the cloud up in a set-up, warms it up, and measures each work.
func (c cloud) block(ctx context.Context, s setup, roles map[string]int, quick bool) (rows []row, err error) {
	began := time.Now()
	w, m, stop, err := prepare(ctx, c, s, roles)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if w.size = fullSize; quick {
		w.size = quickSize
	}
	for _, work := range works {
		if !work.isFor(s, quick) {
			continue
		}
		measured, err := m.measure(ctx, work.name, func(ctx context.Context) ([]timed, error) { return w.do(ctx, work) })
		if err != nil {
			return nil, err
		}
		rows = append(rows, measured...)
	}
	return append(rows, row{work: blockEnd, wall: time.Since(began), at: time.Now()}), nil
}

// prepare brings the cloud up in a set-up, and returns a worker, which has done a
// little of each work to warm the services up, and a meter.
func prepare(ctx context.Context, c cloud, s setup, roles map[string]int) (_ *worker, _ meter, stop func() error, err error) {
	m := meter{state: c.state, roles: roles, settle: settleTime}
	if err := c.up(ctx, s); err != nil {
		return nil, m, nil, err
	}
	env, err := admin(c.state)
	if err != nil {
		return nil, m, nil, err
	}
	if m.stores, err = openStores(c.state, s); err != nil {
		return nil, m, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.stores.close())
		}
	}()
	client, err := newClient(ctx, s, env)
	if err != nil {
		return nil, m, nil, err
	}
	w := &worker{client: client, command: newCommand(s, env), size: warmUpSize, prefix: fmt.Sprintf("comparison-%d", time.Now().UnixNano())}
	stop = func() error {
		client.close()
		return m.stores.close()
	}
	if w.given, err = client.given(ctx); err != nil {
		return nil, m, nil, err
	}
	for _, work := range works {
		if work.name != workList && work.name != workServer && (work.name != workCommandList || !s.commands()) {
			continue
		}
		if _, err := w.do(ctx, work); err != nil {
			return nil, m, nil, fmt.Errorf("warming up: %w", err)
		}
	}
	return w, m, stop, nil
}
