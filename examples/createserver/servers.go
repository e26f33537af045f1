package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
)

// servers creates and deletes one.
type servers struct {
	client   *gophercloud.ProviderClient
	endpoint gophercloud.EndpointOpts
	progress *progress
}

// microversion is the first in which a server can have no network at all.
const microversion = "2.37"

// cleanUpTimeout bounds the deletion of a server, also after Ctrl-C.
const cleanUpTimeout = time.Minute

func (s *servers) createAndDelete(ctx context.Context, o *options) (serverID string, err error) {
	wanted, err := s.find(ctx, o)
	if err != nil {
		return "", err
	}
	compute, err := openstack.NewComputeV2(s.client, s.endpoint)
	if err != nil {
		return "", noService("compute", err)
	}
	compute.Microversion = microversion

	server, err := s.create(ctx, compute, wanted)
	if err != nil {
		return "", err
	}
	defer func() {
		if o.keep && err == nil {
			s.progress.say("server %s is kept", server.ID)
			return
		}
		// The server goes also when the program was interrupted.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
		defer cancel()
		err = errors.Join(err, s.delete(ctx, compute, server.ID))
	}()
	return server.ID, s.wait(ctx, compute, server.ID, o.timeout)
}

func (s *servers) create(ctx context.Context, compute *gophercloud.ServiceClient, wanted computeservers.CreateOpts) (*computeservers.Server, error) {
	ctx, end := step(ctx, "create server")
	server, err := computeservers.Create(ctx, compute, wanted, nil).Extract()
	if err != nil {
		return nil, end(explain("server "+wanted.Name+" was not created", err))
	}
	return server, end(nil)
}

// wait returns when the server is ACTIVE, or an error that says why it is not.
func (s *servers) wait(ctx context.Context, compute *gophercloud.ServiceClient, id string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ctx, end := step(ctx, "wait until ACTIVE")
	defer s.progress.done()
	started := time.Now()
	pause := newPause()
	for {
		server, err := computeservers.Get(ctx, compute, id).Extract()
		switch {
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil:
			return end(fmt.Errorf("server %s is not ACTIVE after %s; give a longer --timeout", id, timeout))
		case errors.Is(err, context.Canceled):
			return end(fmt.Errorf("interrupted while server %s was being built", id))
		case err != nil:
			return end(explain("server "+id+" can't be watched", err))
		case server.Status == "ACTIVE":
			return end(nil)
		case server.Status == "ERROR":
			return end(fmt.Errorf("server %s ended in ERROR: %s", id, oneLine(server.Fault.Message)))
		}
		s.progress.show("waiting for server %s: %s, %.0f s", id, server.Status, time.Since(started).Seconds())
		if err := pause.next(ctx); errors.Is(err, context.DeadlineExceeded) {
			return end(fmt.Errorf("server %s is still %s after %s; give a longer --timeout", id, server.Status, timeout))
		} else if err != nil {
			return end(fmt.Errorf("interrupted while server %s was %s", id, server.Status))
		}
	}
}

// delete returns when the server is gone.
func (s *servers) delete(ctx context.Context, compute *gophercloud.ServiceClient, id string) error {
	ctx, end := step(ctx, "delete server")
	err := computeservers.Delete(ctx, compute, id).ExtractErr()
	pause := newPause()
	for err == nil {
		if _, err = computeservers.Get(ctx, compute, id).Extract(); err == nil {
			err = pause.next(ctx)
		}
	}
	if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
		return end(nil)
	}
	return end(explain("server "+id+" may still be there: delete it by hand", err))
}

// pause is the time between two looks at a server, growing from short to 2 s.
type pause struct{ length time.Duration }

func newPause() *pause { return &pause{100 * time.Millisecond} }

func (p *pause) next(ctx context.Context) error {
	timer := time.NewTimer(p.length)
	defer timer.Stop()
	p.length = min(2*p.length, 2*time.Second)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
