// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
)

// servers creates and deletes a server.
type servers struct {
	client   *gophercloud.ProviderClient
	compute  *gophercloud.ServiceClient
	endpoint gophercloud.EndpointOpts
	progress *progress
}

// microversion is the first one in which a server can be without a network.
const microversion = "2.37"

// The times for which the program continues after Ctrl-C or --timeout. They are
// variables for the tests.
var (
	answerTimeout  = 10 * time.Second // for the answer to one request
	cleanUpTimeout = time.Minute      // for the server to be gone
)

func (s *servers) createAndDelete(ctx context.Context, o *options) (id string, err error) {
	if s.compute, err = openstack.NewComputeV2(within(ctx, s.client), s.endpoint); err != nil {
		return "", explainService(ctx, "compute", err)
	}
	s.compute.Microversion = microversion
	wanted, err := s.find(ctx, o)
	if err != nil {
		return "", err
	}
	wanted.Metadata = map[string]string{runKey: rand.Text()}

	id, err = s.create(ctx, wanted)
	if id == "" {
		return "", err
	}
	defer func() {
		if o.keep && err == nil {
			s.progress.say("server %s is kept", id)
			return
		}
		err = both(err, s.delete(ctx, id))
	}()
	if err != nil {
		return id, err
	}
	return id, s.wait(ctx, id)
}

// create asks for the server. With an error it also returns an id, if the cloud
// created the server anyway.
func (s *servers) create(ctx context.Context, wanted computeservers.CreateOpts) (id string, err error) {
	ctx, end := step(ctx, "create server")
	// The answer has the id of the server to delete, so Ctrl-C waits for it.
	patient, cancel := outlasting(ctx, answerTimeout)
	defer cancel()
	server, err := computeservers.Create(patient, s.compute, wanted, nil).Extract()
	if err == nil && server.ID == "" {
		err = errors.New("the answer has no id")
	}
	if err == nil {
		return server.ID, end(nil)
	}
	failure := explain(ctx, fmt.Sprintf("server %q was not created", wanted.Name), err)
	if answered(err) {
		return "", end(failure)
	}
	id, err = s.findLost(ctx, wanted)
	return id, end(both(failure, err))
}

// wait returns when the server is ACTIVE, or an error that says why it is not.
func (s *servers) wait(ctx context.Context, id string) error {
	ctx, end := step(ctx, "wait until ACTIVE")
	defer s.progress.done()
	started := time.Now()
	pause := newPause()
	for {
		server, err := computeservers.Get(ctx, s.compute, id).Extract()
		if err == nil {
			switch server.Status {
			case "ACTIVE":
				return end(nil)
			case "ERROR":
				return end(fmt.Errorf("server %s ended in ERROR: %s", id, cmp.Or(oneLine(server.Fault.Message), "the cloud does not say why")))
			}
			s.progress.show("waiting for server %s: %s, %.0f s", id, oneLine(server.Status), time.Since(started).Seconds())
			err = pause.next(ctx)
		}
		if err != nil {
			return end(explain(ctx, "server "+id+" did not become ACTIVE", err))
		}
	}
}

// delete returns when the server is gone, also when the program was
// interrupted. It tries failed requests again, because the server must not be
// left.
func (s *servers) delete(ctx context.Context, id string) error {
	ctx, cancel := cleaningUp(ctx)
	defer cancel()
	ctx, end := step(ctx, "delete server")
	defer s.progress.done()
	started := time.Now()
	pause := newPause()
	for accepted := false; ; {
		err := attempt(ctx, func(ctx context.Context) (err error) {
			if !accepted {
				err = computeservers.Delete(ctx, s.compute, id).ExtractErr()
				accepted = err == nil
			}
			if err == nil {
				_, err = computeservers.Get(ctx, s.compute, id).Extract()
			}
			return err
		})
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return end(nil)
		}
		if !refusedForGood(err) {
			s.progress.show("waiting until server %s is gone, %.0f s", id, time.Since(started).Seconds())
			waited := pause.next(ctx)
			if waited == nil {
				continue
			}
			err = cmp.Or(err, waited)
		}
		return end(explain(ctx, "server "+id+" may still exist; delete it by hand", err))
	}
}
