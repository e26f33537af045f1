// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
)

// experiment runs the scenario in all modes, again and again.
type experiment struct {
	cloud    *cloud
	modes    modes
	image    string
	rounds   int
	passes   int
	random   *mathrand.Rand
	name     string // the names of all resources begin with it
	progress func(round int)
}

func newExperiment(c *cloud, m modes, o *options) *experiment {
	return &experiment{
		cloud: c, modes: m, image: o.image, rounds: o.rounds, passes: o.passes,
		random:   mathrand.New(mathrand.NewPCG(o.seed, 0)), //nolint:gosec // the same seed must give the same order
		name:     "perftest-" + strings.ToLower(rand.Text()[:8]),
		progress: func(int) {},
	}
}

// run returns the measurements of each round, except those of the first round,
// which warms up the cloud's caches.
func (e *experiment) run(ctx context.Context) ([]sample, error) {
	var samples []sample
	for round := range e.rounds + 1 {
		measured, err := e.round(ctx, round)
		if err != nil {
			return nil, err
		}
		if round > 0 {
			samples = append(samples, measured...)
		}
		e.progress(round)
	}
	return samples, nil
}

// round runs the scenario once in each mode. The modes take turns, in a new
// order each time: at creation, at every single list call, and at deletion. So
// other work in the cloud and on this machine affects all of them equally.
func (e *experiment) round(ctx context.Context, round int) (samples []sample, err error) {
	var scenarios []*scenario
	for _, m := range e.modes {
		scenarios = append(scenarios, newScenario(ctx, e.cloud, m, fmt.Sprintf("%s-%d-%s", e.name, round, m.name)))
	}
	// inTurn stops at the first failure.
	inTurn := func(work func(*scenario) error) {
		for _, i := range e.random.Perm(len(scenarios)) {
			if err == nil {
				err = work(scenarios[i])
			}
			if err == nil {
				err = ctx.Err()
			}
		}
	}
	inTurn(func(s *scenario) error { return s.create(e.image) })
	for range e.passes {
		for call := range listCalls {
			inTurn(func(s *scenario) error { return s.list(call) })
		}
	}
	var left error
	for _, i := range e.random.Perm(len(scenarios)) {
		left = errors.Join(left, scenarios[i].delete()) // also after a failure
	}
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = errors.New("interrupted")
	}
	if err = errors.Join(err, left); err != nil {
		return nil, err
	}
	for _, s := range scenarios {
		samples = append(samples, samplesOf(round, s, scenarios[0])...)
	}
	return samples, nil
}
