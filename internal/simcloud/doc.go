// SPDX-License-Identifier: Apache-2.0

// Package simcloud is a simulated OpenStack cloud for this project's examples
// and tests: Keystone, Glance, Neutron, Nova, Placement and Swift in one
// process, each on a port of its own on 127.0.0.1, with the traces that
// OSProfiler would make of their work.
//
//	cloud, err := simcloud.Start(
//		simcloud.WithHMACKeys(keys...),
//		simcloud.WithSpanProcessor(processor),
//	)
//	if err != nil {
//		return err
//	}
//	defer cloud.Close()
//	provider, err := openstack.AuthenticatedClient(ctx, cloud.AuthOptions())
//
// It says that it is simulated in the Server header of every answer, in every
// version document and in the attribute ostrace.simulated of every resource.
//
// # The services
//
// One user and one project, the image "tiny" and two images that are both
// called "twins", the flavors "m1.nano" and "m1.toobig", which fits no host, and
// the network "net1". Tokens, flavors, servers, keypairs, networks, subnets,
// ports, security groups and their rules, and Swift's containers and objects can
// be made and deleted. The calls that gophercloud v2 makes to do so work;
// everything else is answered with 404.
//
// # Similarities with a real cloud
//
// The services call each other over HTTP, validate every token with Keystone,
// answer errors in their own forms, and pass on a global request id, which
// Glance takes over as its own. A server is built after the answer to the
// request that asked for it.
//
// Headers are verified as OSProfiler's WsgiMiddleware does it. For a signed
// request the services emit the spans that OSProfiler's newest OTLP driver
// (osprofiler/drivers/otlp.py) would emit, with the same ids, names, kinds and
// attributes, and sign their own requests to other services. Requests without a
// valid signature get the same answers and leave no span. As in a real cloud,
// version documents and Swift are not traced, the RPC work of Nova's processes
// ends later than the point that cast it, and a trace whose base_id is not a
// UUID falls apart into as many traces as there are points.
//
// Each service has a resource with the real service's service.name, which is
// <project>-<service> from its call to osprofiler.initializer.init_from_conf:
//
//	keystone-public          Keystone
//	glance-api               Glance
//	neutron-neutron-server   Neutron
//	placement-placement      Placement
//	nova-osapi_compute       Nova's API
//	nova-nova-conductor      Nova's conductor
//	nova-nova-scheduler      Nova's scheduler
//	nova-nova-compute        Nova's compute service
//
// # Differences from a real cloud
//
// There are tens of points where a real cloud has thousands, and their SQL
// statements are shortened. No point shows a result, because the real services
// hide it. Spans nest correctly, although the OTLP driver mixes up those of
// concurrent requests, and Placement is traced, although it can't use that
// driver today. The services do not request their own tokens over HTTP, and
// these can't be revoked. There are no roles, no policies, no pagination, and
// no microversions except those that a handler mentions.
package simcloud
