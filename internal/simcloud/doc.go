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
// # What is there
//
// One user and one project, the image "tiny" and two images that are both
// called "twins", the flavors "m1.nano" and "m1.toobig", which fits no host, and
// the network "net1". Tokens, flavors, servers, keypairs, networks, subnets,
// ports, security groups and their rules, and Swift's containers and objects can
// be made and deleted. The calls that gophercloud v2 makes to do so work;
// everything else is answered with 404.
//
// # What is as in a real cloud
//
// The services call each other over HTTP, validate every token with Keystone,
// answer errors in their own forms, and pass on a global request id, which
// Glance takes over as its own. A server is built after the answer to the
// request that asked for it.
//
// Headers are verified as OSProfiler's WsgiMiddleware does it. For a signed
// request the services emit the spans that OSProfiler's newest OTLP driver
// (osprofiler/drivers/otlp.py) would, with the same ids, names, kinds and
// attributes, and sign what they call in turn. Requests without a valid
// signature get the same answers and leave no span. As in a real cloud, version
// documents and Swift are not traced, the RPC of Nova's processes outlives what
// cast it, and a base_id that is not a UUID falls apart into as many traces as
// there are points.
//
// Each service has a resource with the service.name that the real one has,
// <project>-<service> of its call to osprofiler.initializer.init_from_conf:
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
// # What is not
//
// There are tens of points where a real cloud has thousands, and their SQL
// statements are shortened. No point shows a result, because the real services
// hide it. Spans nest correctly, although the OTLP driver mixes up those of
// concurrent requests, and Placement is traced, although it can't use that
// driver today. The services' own tokens are not asked for over HTTP and can't
// be revoked. Roles, policies, pagination, and microversions beyond what a
// handler mentions are not there.
package simcloud
