// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
)

// resource is something that a scenario creates, waits for and deletes.
type resource struct {
	kind   string
	create func(context.Context, *scenario) (id string, err error)
	ready  func(context.Context, *scenario, string) error // nil where there is nothing to wait for
	remove func(context.Context, *scenario, string) error
}

// resources are a server and the resources that it needs, in the order in which
// they are created.
var resources = []resource{
	{
		kind: "flavor",
		create: func(ctx context.Context, s *scenario) (string, error) {
			flavor, err := flavors.Create(ctx, s.compute, flavors.CreateOpts{
				Name: s.name, VCPUs: 1, RAM: max(64, s.image.MinRAMMegabytes), Disk: new(max(1, s.image.MinDiskGigabytes)),
			}).Extract()
			if err != nil {
				return "", err
			}
			return flavor.ID, nil
		},
		remove: func(ctx context.Context, s *scenario, id string) error {
			return flavors.Delete(ctx, s.compute, id).ExtractErr()
		},
	},
	{
		kind: "network",
		create: func(ctx context.Context, s *scenario) (string, error) {
			network, err := networks.Create(ctx, s.network, networks.CreateOpts{Name: s.name}).Extract()
			if err != nil {
				return "", err
			}
			return network.ID, nil
		},
		remove: func(ctx context.Context, s *scenario, id string) error {
			return networks.Delete(ctx, s.network, id).ExtractErr()
		},
	},
	{
		kind: "subnet",
		create: func(ctx context.Context, s *scenario) (string, error) {
			subnet, err := subnets.Create(ctx, s.network, subnets.CreateOpts{
				Name: s.name, NetworkID: s.ids["network"], IPVersion: gophercloud.IPv4, CIDR: "192.0.2.0/24", EnableDHCP: new(false),
			}).Extract()
			if err != nil {
				return "", err
			}
			return subnet.ID, nil
		},
		remove: func(ctx context.Context, s *scenario, id string) error {
			return subnets.Delete(ctx, s.network, id).ExtractErr()
		},
	},
	{
		kind: "security group",
		create: func(ctx context.Context, s *scenario) (string, error) {
			group, err := groups.Create(ctx, s.network, groups.CreateOpts{Name: s.name}).Extract()
			if err != nil {
				return "", err
			}
			return group.ID, nil
		},
		remove: func(ctx context.Context, s *scenario, id string) error {
			return groups.Delete(ctx, s.network, id).ExtractErr()
		},
	},
	{
		kind: "security group rule",
		create: func(ctx context.Context, s *scenario) (string, error) {
			rule, err := rules.Create(ctx, s.network, rules.CreateOpts{
				SecGroupID: s.ids["security group"], Direction: rules.DirIngress, EtherType: rules.EtherType4,
				Protocol: rules.ProtocolTCP, PortRangeMin: 22, PortRangeMax: 22,
			}).Extract()
			if err != nil {
				return "", err
			}
			return rule.ID, nil
		},
		remove: func(ctx context.Context, s *scenario, id string) error {
			return rules.Delete(ctx, s.network, id).ExtractErr()
		},
	},
	{
		kind: "port",
		create: func(ctx context.Context, s *scenario) (string, error) {
			port, err := ports.Create(ctx, s.network, ports.CreateOpts{
				Name: s.name, NetworkID: s.ids["network"], SecurityGroups: &[]string{s.ids["security group"]},
			}).Extract()
			if err != nil {
				return "", err
			}
			return port.ID, nil
		},
		remove: func(ctx context.Context, s *scenario, id string) error {
			return ports.Delete(ctx, s.network, id).ExtractErr()
		},
	},
	{
		kind: "server",
		create: func(ctx context.Context, s *scenario) (string, error) {
			server, err := servers.Create(ctx, s.compute, servers.CreateOpts{
				Name: s.name, ImageRef: s.image.ID, FlavorRef: s.ids["flavor"], Networks: []servers.Network{{Port: s.ids["port"]}},
			}, nil).Extract()
			if err != nil {
				return "", err
			}
			return server.ID, nil
		},
		ready: active,
		remove: func(ctx context.Context, s *scenario, id string) error {
			if err := servers.Delete(ctx, s.compute, id).ExtractErr(); err != nil {
				return err
			}
			return gone(ctx, s, id)
		},
	},
}
