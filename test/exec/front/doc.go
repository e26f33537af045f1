// SPDX-License-Identifier: Apache-2.0

// Package front puts TLS before the services of the OpenStack that
// test/openstack brings up, under names in place of 127.0.0.1, as a cloud has
// them. It keeps a list of the requests that arrive.
//
// The catalog has the names as the endpoints of a region of their own, [Region].
// The services themselves go on with those of RegionOne, so that whatever a
// program does through the front, the requests of the services among each other
// do not come by.
package front
