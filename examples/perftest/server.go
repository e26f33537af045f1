// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
)

// active returns when the server is ACTIVE, or an error that says why it is not.
func active(ctx context.Context, s *scenario, id string) error {
	return look(ctx, s, id, func(server *servers.Server) (bool, error) {
		if server.Status == "ERROR" {
			return false, fmt.Errorf("server %s ended in ERROR: %s", id, cmp.Or(server.Fault.Message, "the cloud does not say why"))
		}
		return server.Status == "ACTIVE", nil
	})
}

// gone returns when the server does not exist any more.
func gone(ctx context.Context, s *scenario, id string) error {
	err := look(ctx, s, id, func(*servers.Server) (bool, error) { return false, nil })
	if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// look asks for a server until enough returns true. The interval is fixed, so
// that it adds the same time in all modes.
func look(ctx context.Context, s *scenario, id string, enough func(*servers.Server) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, statusTimeout, fmt.Errorf("it did not happen within %s", statusTimeout))
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		server, err := servers.Get(ctx, s.compute, id).Extract()
		if err != nil {
			return err
		}
		if done, err := enough(server); done || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
