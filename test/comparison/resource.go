// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/gophercloud/gophercloud/v2/pagination"
)

// list is a list call, which gets all pages and decodes them, as programs do.
type list struct {
	name string
	do   func(context.Context, *client) error
}

// lists are the list calls of examples/perftest.
var lists = []list{
	{"servers", listAll(func(c *client) pagination.Pager { return servers.List(c.compute, nil) }, servers.ExtractServers)},
	{"flavors", listAll(func(c *client) pagination.Pager { return flavors.ListDetail(c.compute, nil) }, flavors.ExtractFlavors)},
	{"images", listAll(func(c *client) pagination.Pager { return images.List(c.image, nil) }, images.ExtractImages)},
	{"networks", listAll(func(c *client) pagination.Pager { return networks.List(c.network, nil) }, networks.ExtractNetworks)},
	{"subnets", listAll(func(c *client) pagination.Pager { return subnets.List(c.network, nil) }, subnets.ExtractSubnets)},
	{"ports", listAll(func(c *client) pagination.Pager { return ports.List(c.network, nil) }, ports.ExtractPorts)},
	{"security groups", listAll(func(c *client) pagination.Pager { return groups.List(c.network, groups.ListOpts{}) }, groups.ExtractGroups)},
	{"projects", listAll(func(c *client) pagination.Pager { return projects.List(c.identity, nil) }, projects.ExtractProjects)},
}

func listAll[T any](pages func(*client) pagination.Pager, extract func(pagination.Page) ([]T, error)) func(context.Context, *client) error {
	return func(ctx context.Context, c *client) error {
		page, err := pages(c).AllPages(ctx)
		if err == nil {
			_, err = extract(page)
		}
		return err
	}
}

// resource is something that is created and deleted.
type resource struct {
	kind   string
	create func(ctx context.Context, c *client, name string, ids map[string]string) (id string, err error)
	remove func(ctx context.Context, c *client, id string) error
}

// server is a server of the cloud's image, flavor and network, or of the flavor and
// the port among the ids.
var server = resource{
	kind: "server",
	create: func(ctx context.Context, c *client, name string, ids map[string]string) (string, error) {
		wanted := servers.CreateOpts{
			Name: name, ImageRef: ids["image"], FlavorRef: cmp.Or(ids["flavor"], "42"),
			Networks: []servers.Network{{UUID: ids["net1"]}},
		}
		if port := ids["port"]; port != "" {
			wanted.Networks = []servers.Network{{Port: port}}
		}
		created, err := servers.Create(ctx, c.compute, wanted, nil).Extract()
		if err != nil {
			return "", err
		}
		return created.ID, c.active(ctx, created.ID)
	},
	remove: func(ctx context.Context, c *client, id string) error {
		if err := servers.Delete(ctx, c.compute, id).ExtractErr(); err != nil {
			return err
		}
		return c.gone(ctx, id)
	},
}

// scenario are the resources of examples/perftest, in the order of their creation.
var scenario = []resource{
	{
		"flavor",
		func(ctx context.Context, c *client, name string, _ map[string]string) (string, error) {
			flavor, err := flavors.Create(ctx, c.compute, flavors.CreateOpts{Name: name, VCPUs: 1, RAM: 64, Disk: new(1)}).Extract()
			if err != nil {
				return "", err
			}
			return flavor.ID, nil
		},
		func(ctx context.Context, c *client, id string) error {
			return flavors.Delete(ctx, c.compute, id).ExtractErr()
		},
	},
	{
		"network",
		func(ctx context.Context, c *client, name string, _ map[string]string) (string, error) {
			network, err := networks.Create(ctx, c.network, networks.CreateOpts{Name: name}).Extract()
			if err != nil {
				return "", err
			}
			return network.ID, nil
		},
		func(ctx context.Context, c *client, id string) error {
			return networks.Delete(ctx, c.network, id).ExtractErr()
		},
	},
	{
		"subnet",
		func(ctx context.Context, c *client, name string, ids map[string]string) (string, error) {
			subnet, err := subnets.Create(ctx, c.network, subnets.CreateOpts{
				Name: name, NetworkID: ids["network"], IPVersion: gophercloud.IPv4, CIDR: "192.0.2.0/24", EnableDHCP: new(false),
			}).Extract()
			if err != nil {
				return "", err
			}
			return subnet.ID, nil
		},
		func(ctx context.Context, c *client, id string) error {
			return subnets.Delete(ctx, c.network, id).ExtractErr()
		},
	},
	{
		"security group",
		func(ctx context.Context, c *client, name string, _ map[string]string) (string, error) {
			group, err := groups.Create(ctx, c.network, groups.CreateOpts{Name: name}).Extract()
			if err != nil {
				return "", err
			}
			return group.ID, nil
		},
		func(ctx context.Context, c *client, id string) error {
			return groups.Delete(ctx, c.network, id).ExtractErr()
		},
	},
	{
		"security group rule",
		func(ctx context.Context, c *client, _ string, ids map[string]string) (string, error) {
			rule, err := rules.Create(ctx, c.network, rules.CreateOpts{
				SecGroupID: ids["security group"], Direction: rules.DirIngress, EtherType: rules.EtherType4,
				Protocol: rules.ProtocolTCP, PortRangeMin: 22, PortRangeMax: 22,
			}).Extract()
			if err != nil {
				return "", err
			}
			return rule.ID, nil
		},
		func(ctx context.Context, c *client, id string) error {
			return rules.Delete(ctx, c.network, id).ExtractErr()
		},
	},
	{
		"port",
		func(ctx context.Context, c *client, name string, ids map[string]string) (string, error) {
			port, err := ports.Create(ctx, c.network, ports.CreateOpts{
				Name: name, NetworkID: ids["network"], SecurityGroups: &[]string{ids["security group"]},
			}).Extract()
			if err != nil {
				return "", err
			}
			return port.ID, nil
		},
		func(ctx context.Context, c *client, id string) error {
			return ports.Delete(ctx, c.network, id).ExtractErr()
		},
	},
	server,
}

// createAndDelete creates the resources, works with them, and deletes them, also
// after a failure. ids has what the cloud has already, and is not changed.
func (c *client) createAndDelete(ctx context.Context, all []resource, name string, given map[string]string, work func(context.Context) error) (err error) {
	ids, created := map[string]string{}, map[string]string{}
	maps.Copy(ids, given)
	defer func() {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), waitForServer)
		defer cancel()
		for _, r := range slices.Backward(all) {
			if id := created[r.kind]; id != "" {
				if failure := r.remove(patient, c, id); failure != nil {
					err = errors.Join(err, fmt.Errorf("deleting the %s %s: %w", r.kind, name, failure))
				}
			}
		}
	}()
	for _, r := range all {
		id, err := r.create(ctx, c, name, ids)
		ids[r.kind], created[r.kind] = id, id
		if err != nil {
			return fmt.Errorf("creating the %s %s: %w", r.kind, name, err)
		}
	}
	return work(ctx)
}

// The times of waiting for a server. The client looks at it without a trace, so that
// slow servers do not have more spans than others.
const (
	waitForServer = 4 * time.Minute
	lookInterval  = 500 * time.Millisecond
)

// active returns when the server is ACTIVE.
func (c *client) active(ctx context.Context, id string) error {
	return c.look(ctx, id, func(s *servers.Server, err error) (bool, error) {
		if err == nil && s.Status == "ERROR" {
			err = fmt.Errorf("server %s ended in ERROR: %s", id, s.Fault.Message)
		}
		return err == nil && s.Status == "ACTIVE", err
	})
}

// gone returns when there is no such server any more.
func (c *client) gone(ctx context.Context, id string) error {
	return c.look(ctx, id, func(_ *servers.Server, err error) (bool, error) {
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return true, nil
		}
		return false, err
	})
}

func (c *client) look(ctx context.Context, id string, enough func(*servers.Server, error) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(untraced(ctx), waitForServer, fmt.Errorf("server %s was not ready within %v", id, waitForServer))
	defer cancel()
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		if done, err := enough(servers.Get(ctx, c.compute, id).Extract()); done || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// given returns the ids of the image and the network that the cloud has.
func (c *client) given(ctx context.Context) (map[string]string, error) {
	page, err := images.List(c.image, images.ListOpts{Name: "tiny"}).AllPages(untraced(ctx))
	if err != nil {
		return nil, err
	}
	foundImages, err := images.ExtractImages(page)
	if err != nil {
		return nil, err
	}
	if page, err = networks.List(c.network, networks.ListOpts{Name: "net1"}).AllPages(untraced(ctx)); err != nil {
		return nil, err
	}
	foundNetworks, err := networks.ExtractNetworks(page)
	if err != nil {
		return nil, err
	}
	if len(foundImages) != 1 || len(foundNetworks) != 1 {
		return nil, fmt.Errorf("there are %d images tiny and %d networks net1, not one of each", len(foundImages), len(foundNetworks))
	}
	return map[string]string{"image": foundImages[0].ID, "net1": foundNetworks[0].ID}, nil
}
