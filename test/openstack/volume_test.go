// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	gopenstack "github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/volumeattach"
)

// With a volume of a server, the points of Cinder's work for the client, and
// for Nova, are in the tree too.
func TestVolume(t *testing.T) {
	tracers, spans := newTracers()
	c := newClient(t, t.Context(), spans, tracers)
	compute := c.compute(t)
	storage, err := gopenstack.NewBlockStorageV3(c.provider, gophercloud.EndpointOpts{Region: lookup(adminEnv, "OS_REGION_NAME")})
	if err != nil {
		t.Fatal(err)
	}
	image, network := idOf(t, "image", "tiny"), idOf(t, "network", "net1")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ctx, root := c.tracer.Start(ctx, "server with volume")
	err = func() error {
		server, err := computeservers.Create(ctx, compute, computeservers.CreateOpts{
			Name: "with-volume", ImageRef: image, FlavorRef: "42", Networks: []computeservers.Network{{UUID: network}},
		}, nil).Extract()
		if err != nil {
			return err
		}
		volume, err := volumes.Create(ctx, storage, volumes.CreateOpts{Name: "of-server", Size: 1}, nil).Extract()
		if err != nil {
			return errors.Join(err, computeservers.Delete(ctx, compute, server.ID).ExtractErr())
		}
		attached := errors.Join(
			computeservers.WaitForStatus(ctx, compute, server.ID, "ACTIVE"),
			volumes.WaitForStatus(ctx, storage, volume.ID, "available"),
			volumeattach.Create(ctx, compute, server.ID, volumeattach.CreateOpts{VolumeID: volume.ID}).Err,
			volumes.WaitForStatus(ctx, storage, volume.ID, "in-use"),
		)
		return errors.Join(attached,
			volumeattach.Delete(ctx, compute, server.ID, volume.ID).ExtractErr(),
			volumes.WaitForStatus(ctx, storage, volume.ID, "available"),
			volumes.Delete(ctx, storage, volume.ID, nil).ExtractErr(),
			computeservers.Delete(ctx, compute, server.ID).ExtractErr(),
		)
	}()
	root.End()
	if err != nil {
		t.Fatal(err)
	}

	r := c.reportOf(root.SpanContext().TraceID())
	var trace []point
	eventually(t, func() error {
		trace = points(t, r.BaseID)
		if err := unbroken(trace, sentParents(r)); err != nil {
			return err
		}
		for _, service := range []string{thisRelease(t).volumeAPI, "cinder-scheduler", "cinder-volume"} {
			if !ofService(trace, service) {
				return fmt.Errorf("no point of %s among %d", service, len(trace))
			}
		}
		return everyRequestArrived(trace, r)
	})

	byID := map[string]point{}
	for _, p := range trace {
		byID[p.TraceID] = p
	}
	fromNova := 0
	for _, p := range trace {
		if p.Project == "cinder" && byID[p.ParentID].Project == "nova" {
			fromNova++
		}
	}
	if fromNova == 0 {
		t.Error("no point of Cinder hangs under one of Nova, which attached the volume")
	}
	t.Logf("%d points in trace %s, %d of Cinder under Nova's", len(trace), r.BaseID, fromNova)
}
