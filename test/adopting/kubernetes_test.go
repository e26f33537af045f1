// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestResourceController has the controller for networks create and delete a network.
func TestResourceController(t *testing.T) {
	orc := adopt(t, project{
		name:   "openstack-resource-controller",
		module: "github.com/k-orc/openstack-resource-controller/v2", version: "v2.6.0",
		main: "cmd/manager",
	})
	orc.drive(t).draw(t, orc.name, expected{
		root:     "reconcile network",
		requests: []string{"POST /v2.0/networks"},
		services: []string{"neutron"},
	})
}

// TestClusterAPI has the code for a cluster's network create and delete the network.
// That code does not pass a context to gophercloud, so each request is a trace.
func TestClusterAPI(t *testing.T) {
	capo := adopt(t, project{
		name:   "cluster-api-provider-openstack",
		module: "sigs.k8s.io/cluster-api-provider-openstack", version: "v0.14.7",
		main: ".",
	})
	capo.drive(t).draw(t, capo.name, expected{
		root:     "POST /v2.0/networks",
		services: []string{"neutron"},
	})
}

// TestCloudProvider has the cloud provider find the metadata of a node.
func TestCloudProvider(t *testing.T) {
	ccm := adopt(t, project{
		name:   "cloud-provider-openstack",
		module: "k8s.io/cloud-provider-openstack", version: "v1.36.0",
		main: "cmd/openstack-cloud-controller-manager",
	})
	const node = "adopting"
	openstack(t, "server", "create", node, "--image", "tiny", "--flavor", "m1.nano", "--nic", "net-id=net1", "--wait")
	t.Cleanup(func() { openstack(t, "server", "delete", node, "--wait") })
	conf := filepath.Join(t.TempDir(), "cloud.conf")
	write(t, conf, fmt.Sprintf("[Global]\nuse-clouds=true\nclouds-file=%s\ncloud=%s\n", cloudsYAML(), cloudName))
	ccm.drive(t, conf, node).draw(t, ccm.name, expected{
		root:     "InstanceMetadata",
		requests: []string{"GET /v2.1/servers/detail", "GET /v2.0/ports"},
		services: []string{"nova", "neutron"},
	})
}

// drive describes the change, builds the project's own program with it, and runs the
// driver, which exports its spans to the collector.
func (c code) drive(t *testing.T, arguments ...string) *collector {
	t.Helper()
	c.describe(t)
	c.build(t, c.main)
	collector := newCollector(t)
	cmd := exec.CommandContext(t.Context(), c.build(t, driver), arguments...)
	cmd.Env = environment(collector.environment(c.name)...)
	t.Log(output(t, cmd))
	return collector
}
