// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/gophercloud/gophercloud/v2/pagination"
)

// listCall is one of the calls of a scenario's second phase.
type listCall struct {
	name string
	do   func(context.Context, *clients) error
}

var listCalls = []listCall{
	{"servers", list(func(c *clients) pagination.Pager { return servers.List(c.compute, nil) }, servers.ExtractServers)},
	{"flavors", list(func(c *clients) pagination.Pager { return flavors.ListDetail(c.compute, nil) }, flavors.ExtractFlavors)},
	{"images", list(func(c *clients) pagination.Pager { return images.List(c.glance, nil) }, images.ExtractImages)},
	{"networks", list(func(c *clients) pagination.Pager { return networks.List(c.network, nil) }, networks.ExtractNetworks)},
	{"subnets", list(func(c *clients) pagination.Pager { return subnets.List(c.network, nil) }, subnets.ExtractSubnets)},
	{"ports", list(func(c *clients) pagination.Pager { return ports.List(c.network, nil) }, ports.ExtractPorts)},
	{"security groups", list(func(c *clients) pagination.Pager { return groups.List(c.network, groups.ListOpts{}) }, groups.ExtractGroups)},
	{"projects", list(func(c *clients) pagination.Pager { return projects.List(c.identity, nil) }, projects.ExtractProjects)},
}

// list returns a call that gets all pages and decodes them, as programs do.
func list[T any](pages func(*clients) pagination.Pager, extract func(pagination.Page) ([]T, error)) func(context.Context, *clients) error {
	return func(ctx context.Context, c *clients) error {
		page, err := pages(c).AllPages(ctx)
		if err == nil {
			_, err = extract(page)
		}
		return err
	}
}

// findImage returns the image with the wanted name.
func findImage(ctx context.Context, c *clients, wanted string) (images.Image, error) {
	page, err := images.List(c.glance, images.ListOpts{Name: wanted}).AllPages(ctx)
	if err != nil {
		return images.Image{}, err
	}
	found, err := images.ExtractImages(page)
	if err != nil {
		return images.Image{}, err
	}
	if len(found) != 1 {
		return images.Image{}, fmt.Errorf("there are %d images %q; give the name of one with --image", len(found), wanted)
	}
	return found[0], nil
}
