// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"go.opentelemetry.io/otel/trace"
)

// recordClean records that many traces of each kind of client, several at a time.
// Clients that wait do so side by side; each longer wait is in fewer rounds.
func recordClean(ctx context.Context, c *cloud, count int, longest time.Duration) error {
	var waiting, working []doing
	for round := range count {
		working = append(working,
			doing{"server", server}, doing{"list", list}, doing{"volume", volume}, doing{"openstack", nil})
		for i, wait := range []time.Duration{5 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute} {
			if wait <= longest && round%(i+1) == 0 {
				waiting = append(waiting, doing{fmt.Sprintf("pause %v", wait), pausing(wait)})
			}
		}
	}
	var group sync.WaitGroup
	var waited, worked error
	group.Go(func() { waited = recordAll(ctx, c, waiting, 12) })
	group.Go(func() { worked = recordAll(ctx, c, working, 2) })
	group.Wait()
	return errors.Join(waited, worked)
}

func recordAll(ctx context.Context, c *cloud, all []doing, sideBySide int) error {
	failures := make([]error, len(all))
	turns := make(chan struct{}, sideBySide)
	var group sync.WaitGroup
	for i, d := range all {
		turns <- struct{}{}
		group.Go(func() {
			failures[i] = recordDoing(ctx, c, d)
			<-turns
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

// doing is what a client does within one trace; nil is the openstack command.
type doing struct {
	client string
	do     func(ctx context.Context, c *client) error
}

func recordDoing(ctx context.Context, c *cloud, d doing) (err error) {
	r := Recording{Client: d.client, Kind: "clean"}
	if d.do == nil {
		r.BaseID, err = openstackList(ctx, c)
	} else {
		r.BaseID, r.Spans, err = c.trace(ctx, d)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.client, err)
	}
	settled, isQuiet, err := settle(ctx, r.BaseID, 3*time.Minute)
	if err != nil || !isQuiet {
		return errors.Join(fmt.Errorf("trace %s of %s does not settle", r.BaseID, d.client), err)
	}
	r.Settled = settled
	return r.write(ctx, c)
}

// trace has a client of its own do it below one span.
func (c *cloud) trace(ctx context.Context, d doing) (base string, spans []Span, err error) {
	client, err := c.newClient(ctx)
	if err != nil {
		return "", nil, err
	}
	traced, root := client.tracers.Tracer("record").Start(ctx, d.client)
	err = d.do(traced, client)
	root.End()
	id := trace.SpanContextFromContext(traced).TraceID()
	return baseID(id), client.spansOf(id), err
}

var traceIDLine = regexp.MustCompile(`(?m)^Trace ID: ([0-9a-f-]{36})$`)

// openstackList is the openstack command, whose top-level points have no parent.
func openstackList(ctx context.Context, c *cloud) (string, error) {
	var program string
	for _, folder := range filepath.SplitList(c.parameters["PATH"]) {
		if found, err := exec.LookPath(filepath.Join(folder, "openstack")); err == nil {
			program = found
			break
		}
	}
	cmd := exec.CommandContext(ctx, program, "--os-profile", "SECRET_KEY", "server", "list") //nolint:gosec // the cloud's own
	cmd.Env = []string{"PATH=" + c.parameters["PATH"], "LANG=C.UTF-8"}
	for name, value := range c.credentials {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	output, err := cmd.CombinedOutput()
	match := traceIDLine.FindSubmatch(output)
	if err != nil || match == nil {
		return "", fmt.Errorf("openstack server list: %w\n%s", err, output)
	}
	return string(match[1]), nil
}

// server creates a server, waits until it is ACTIVE, and deletes it.
func server(ctx context.Context, c *client) error { return pausing(0)(ctx, c) }

// pausing is server with a client that waits between its requests, as a person
// does, or a program that has other things to do.
func pausing(wait time.Duration) func(context.Context, *client) error {
	return func(ctx context.Context, c *client) error {
		created, err := c.createServer(ctx)
		if err != nil {
			return err
		}
		err = errors.Join(
			servers.WaitForStatus(ctx, c.compute, created, "ACTIVE"),
			servers.Get(ctx, c.compute, created).Err,
			pause(ctx, wait),
		)
		return errors.Join(err, servers.Delete(context.WithoutCancel(ctx), c.compute, created).ExtractErr())
	}
}

func (c *client) createServer(ctx context.Context) (id string, err error) {
	created, err := servers.Create(ctx, c.compute, servers.CreateOpts{
		Name: "recorded", ImageRef: c.cloud.image, FlavorRef: c.cloud.flavor, Networks: []servers.Network{{UUID: c.cloud.network}},
	}, nil).Extract()
	if err != nil {
		return "", err
	}
	return created.ID, nil
}

func list(ctx context.Context, c *client) error {
	_, serversErr := servers.List(c.compute, nil).AllPages(ctx)
	_, flavorsErr := flavors.ListDetail(c.compute, nil).AllPages(ctx)
	_, imagesErr := images.List(c.image, nil).AllPages(ctx)
	_, networksErr := networks.List(c.network, nil).AllPages(ctx)
	_, volumesErr := volumes.List(c.volume, nil).AllPages(ctx)
	return errors.Join(serversErr, flavorsErr, imagesErr, networksErr, volumesErr)
}

func volume(ctx context.Context, c *client) error {
	created, err := volumes.Create(ctx, c.volume, volumes.CreateOpts{Name: "recorded", Size: 1}, nil).Extract()
	if err != nil {
		return err
	}
	err = volumes.WaitForStatus(ctx, c.volume, created.ID, "available")
	return errors.Join(err, volumes.Delete(context.WithoutCancel(ctx), c.volume, created.ID, nil).ExtractErr())
}
