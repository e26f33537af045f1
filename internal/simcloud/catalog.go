// SPDX-License-Identifier: Apache-2.0

package simcloud

import "slices"

const (
	region      = "RegionOne"
	domainID    = "default"
	domainName  = "Default"
	userID      = "3ee33ea2ad4f4c8b9c9f1f0cbf9cf2bb"
	userName    = "admin"
	password    = "simulated"
	projectID   = "7c1f9a3f4d3b4c0c8e5f0c2d9a6b1e44"
	projectName = "demo"
)

// Endpoint returns the address of a service in the catalog, or an empty string.
// It is the same for the interfaces public, internal and admin. The types are
// identity, image, network, placement, compute and object-store.
func (c *Cloud) Endpoint(serviceType string) string {
	i := slices.IndexFunc(c.services, func(s *service) bool { return s.kind == serviceType })
	if i < 0 {
		return ""
	}
	return c.services[i].endpoint()
}

func (s *service) endpoint() string {
	switch s.kind {
	case "identity":
		return s.url + "/v3"
	case "compute":
		return s.url + "/v2.1"
	case "object-store":
		return s.url + "/v1/AUTH_" + projectID
	}
	return s.url
}

// catalog returns the service catalog of a token.
func (c *Cloud) catalog() []object {
	var catalog []object
	for _, s := range c.services {
		var endpoints []object
		for _, availability := range []string{"public", "internal", "admin"} {
			endpoints = append(endpoints, object{
				"id":        s.kind + "-" + availability,
				"interface": availability,
				"region":    region,
				"region_id": region,
				"url":       s.endpoint(),
			})
		}
		catalog = append(catalog, object{
			"id":        s.kind,
			"name":      names[s.kind],
			"type":      s.kind,
			"endpoints": endpoints,
		})
	}
	return catalog
}

var names = map[string]string{
	"identity":     "keystone",
	"image":        "glance",
	"network":      "neutron",
	"placement":    "placement",
	"compute":      "nova",
	"object-store": "swift",
}
