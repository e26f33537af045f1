// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
)

// The times for which the program waits. They are variables for the tests.
var (
	answerTimeout  = time.Minute            // for an answer, also after Ctrl-C
	statusTimeout  = 5 * time.Minute        // for a server's status
	cleanUpTimeout = 3 * time.Minute        // for the deletion of all resources of a scenario
	pollInterval   = 100 * time.Millisecond // between two looks at a server, the same in all modes
)

// scenario is one run of the work that is measured, in one mode.
type scenario struct {
	mode  mode
	cloud *cloud
	name  string // the name of its resources

	ctx   context.Context // the scenario's trace, from its creation to its deletion
	end   func()
	meter *meter
	clients
	image images.Image
	ids   map[string]string // the ids of the resources to delete, by kind

	costs map[string]*cost  // by phase
	calls [][]time.Duration // by list call
}

// clients are the clients of the services that the scenario uses.
type clients struct {
	identity, glance, network, compute *gophercloud.ServiceClient
}

// The phases of a scenario.
const (
	phaseCreate = "create"
	phaseList   = "list"
	phaseDelete = "delete"
)

var phases = []string{phaseCreate, phaseList, phaseDelete}

func newScenario(ctx context.Context, c *cloud, m mode, name string) *scenario {
	s := &scenario{mode: m, cloud: c, name: name, ids: map[string]string{}, costs: map[string]*cost{}, calls: make([][]time.Duration, len(listCalls))}
	for _, phase := range phases {
		s.costs[phase] = &cost{}
	}
	transport := c.transport()
	s.meter = &meter{next: transport}
	ctx, end := m.start(ctx)
	s.ctx, s.end = ctx, func() { end(); transport.CloseIdleConnections() }
	return s
}

// authenticate makes the clients. Each scenario has a token, and connections, of
// its own.
func (s *scenario) authenticate() error {
	provider, err := openstack.NewClient(s.cloud.auth.IdentityEndpoint)
	if err != nil {
		return err
	}
	provider.UserAgent.Prepend("ostrace-perftest-" + s.mode.name)
	provider.HTTPClient.Transport = s.meter.next
	s.mode.instrument(s.ctx, provider)
	s.meter.next = provider.HTTPClient.Transport
	provider.HTTPClient.Transport = s.meter
	if err := openstack.Authenticate(s.ctx, provider, s.cloud.auth); err != nil {
		return err
	}
	for _, service := range []struct {
		client **gophercloud.ServiceClient
		make   func(*gophercloud.ProviderClient, gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error)
	}{
		{&s.identity, openstack.NewIdentityV3}, {&s.glance, openstack.NewImageV2},
		{&s.network, openstack.NewNetworkV2}, {&s.compute, openstack.NewComputeV2},
	} {
		if *service.client, err = service.make(provider, s.cloud.endpoint); err != nil {
			return err
		}
	}
	return nil
}

// create is the first phase.
func (s *scenario) create(image string) error {
	return s.meter.measure(s.costs[phaseCreate], func() (err error) {
		if err := s.authenticate(); err != nil {
			return fmt.Errorf("authentication: %w", err)
		}
		if s.image, err = findImage(s.ctx, &s.clients, image); err != nil {
			return err
		}
		for _, r := range resources {
			if err := s.createOne(r); err != nil {
				return fmt.Errorf("creating the %s %s: %w", r.kind, s.name, err)
			}
		}
		return nil
	})
}

func (s *scenario) createOne(r resource) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	// The answer has the id of the resource to delete, so Ctrl-C waits for it.
	patient, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), answerTimeout)
	defer cancel()
	id, err := r.create(patient, s)
	if _, refused := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err); err != nil && !refused {
		return fmt.Errorf("%w; it may exist nevertheless; delete it by hand", err)
	}
	if err != nil {
		return err
	}
	s.ids[r.kind] = id
	if r.ready == nil {
		return nil
	}
	return r.ready(s.ctx, s, id)
}

// list makes one of the list calls of the second phase.
func (s *scenario) list(call int) error {
	var one cost
	err := s.meter.measure(&one, func() error { return listCalls[call].do(s.ctx, &s.clients) })
	if err != nil {
		return fmt.Errorf("listing %s: %w", listCalls[call].name, err)
	}
	s.costs[phaseList].add(one)
	s.calls[call] = append(s.calls[call], one.wall)
	return nil
}

// delete is the last phase, also of a scenario that failed before. It leaves
// out the resources that an earlier call has deleted.
func (s *scenario) delete() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), cleanUpTimeout)
	defer cancel()
	var errs []error
	_ = s.meter.measure(s.costs[phaseDelete], func() error {
		for _, r := range slices.Backward(resources) {
			id := s.ids[r.kind]
			if id == "" {
				continue
			}
			if err := r.remove(ctx, s, id); err != nil && !gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
				errs = append(errs, fmt.Errorf("the %s %s (%s) may still exist; delete it by hand: %w", r.kind, s.name, id, err))
			}
		}
		return nil
	})
	clear(s.ids)
	s.end()
	return errors.Join(errs...)
}
