// SPDX-License-Identifier: Apache-2.0

// Package front puts a server with TLS and host names in front of the services of the
// OpenStack that test/openstack brings up, as in a real cloud. It keeps a list of the
// requests that arrive.
//
// In the catalog the host names are the endpoints of a separate region, [Region]. The
// services themselves still use the endpoints of RegionOne, so the requests between
// the services do not go through the front.
package front
