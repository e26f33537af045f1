// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
)

// find returns the options of the server to create, with the ids of image,
// flavor and network.
func (s *servers) find(ctx context.Context, o *options) (computeservers.CreateOpts, error) {
	wanted := computeservers.CreateOpts{Name: o.name}
	image, err := s.findImage(ctx, o.image)
	if err != nil {
		return wanted, err
	}
	flavor, err := s.findFlavor(ctx, o.flavor)
	if err != nil {
		return wanted, err
	}
	wanted.ImageRef, wanted.FlavorRef = image, flavor
	if o.network == "none" || o.network == "auto" {
		wanted.Networks = o.network
		return wanted, nil
	}
	network, err := s.findNetwork(ctx, o.network)
	wanted.Networks = []computeservers.Network{{UUID: network}}
	return wanted, err
}

func (s *servers) findImage(ctx context.Context, wanted string) (string, error) {
	ctx, end := step(ctx, "find image")
	client, err := openstack.NewImageV2(within(ctx, s.client), s.endpoint)
	if err != nil {
		return "", end(explainService(ctx, "image", err))
	}
	id, err := search{
		kind: "image",
		list: func(name string) ([]named, error) {
			page, err := images.List(client, images.ListOpts{Name: name}).AllPages(ctx)
			if err != nil {
				return nil, err
			}
			all, err := images.ExtractImages(page)
			return names(all, func(i images.Image) named { return named{i.ID, i.Name} }), err
		},
		get: func(id string) (named, error) {
			image, err := images.Get(ctx, client, id).Extract()
			if err != nil || image == nil {
				return named{}, err
			}
			return named{image.ID, image.Name}, nil
		},
	}.one(ctx, wanted)
	return id, end(err)
}

func (s *servers) findFlavor(ctx context.Context, wanted string) (string, error) {
	ctx, end := step(ctx, "find flavor")
	id, err := search{
		kind: "flavor",
		list: func(string) ([]named, error) { // Nova can't filter flavors by name
			page, err := flavors.ListDetail(s.compute, nil).AllPages(ctx)
			if err != nil {
				return nil, err
			}
			all, err := flavors.ExtractFlavors(page)
			return names(all, func(f flavors.Flavor) named { return named{f.ID, f.Name} }), err
		},
		get: func(id string) (named, error) {
			flavor, err := flavors.Get(ctx, s.compute, id).Extract()
			if err != nil || flavor == nil {
				return named{}, err
			}
			return named{flavor.ID, flavor.Name}, nil
		},
	}.one(ctx, wanted)
	return id, end(err)
}

func (s *servers) findNetwork(ctx context.Context, wanted string) (string, error) {
	ctx, end := step(ctx, "find network")
	client, err := openstack.NewNetworkV2(within(ctx, s.client), s.endpoint)
	if err != nil {
		return "", end(explainService(ctx, "network", err))
	}
	id, err := search{
		kind: "network",
		list: func(name string) ([]named, error) {
			page, err := networks.List(client, networks.ListOpts{Name: name}).AllPages(ctx)
			if err != nil {
				return nil, err
			}
			all, err := networks.ExtractNetworks(page)
			return names(all, func(n networks.Network) named { return named{n.ID, n.Name} }), err
		},
		get: func(id string) (named, error) {
			network, err := networks.Get(ctx, client, id).Extract()
			if err != nil || network == nil {
				return named{}, err
			}
			return named{network.ID, network.Name}, nil
		},
	}.one(ctx, wanted)
	return id, end(err)
}

// named is an image, a flavor or a network.
type named struct{ id, name string }

func names[T any](all []T, name func(T) named) []named {
	found := make([]named, 0, len(all))
	for _, t := range all {
		found = append(found, name(t))
	}
	return found
}

// search has the functions that look up one kind of resource.
type search struct {
	kind string
	// list returns all that have the name, and perhaps others. It returns all
	// for an empty name.
	list func(name string) ([]named, error)
	// get returns the one that has the id.
	get func(id string) (named, error)
}

// one returns the id of the only resource whose name or id is wanted.
func (s search) one(ctx context.Context, wanted string) (string, error) {
	listed, err := s.list(wanted)
	if err != nil {
		return "", s.failed(ctx, wanted, err)
	}
	var ids []string
	for _, thing := range listed {
		if thing.name == wanted {
			ids = append(ids, thing.id)
		}
	}
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return "", fmt.Errorf("there are %d %ss %q; give one of the ids %s", len(ids), s.kind, wanted, candidates(ids))
	}
	if mayBeID(wanted) {
		switch thing, err := s.get(wanted); {
		case err == nil && thing.id == wanted:
			return wanted, nil
		case err != nil && !gophercloud.ResponseCodeIs(err, http.StatusNotFound) && !gophercloud.ResponseCodeIs(err, http.StatusBadRequest):
			return "", s.failed(ctx, wanted, err)
		}
	}
	all, err := s.list("")
	switch {
	case err != nil:
		return "", s.failed(ctx, wanted, err)
	case len(all) == 0:
		return "", fmt.Errorf("there is no %s %q, and there are no others", s.kind, wanted)
	}
	var names []string
	for _, thing := range all {
		names = append(names, thing.name)
	}
	return "", fmt.Errorf("there is no %s %q; the cloud has %s", s.kind, wanted, candidates(names))
}

func (s search) failed(ctx context.Context, wanted string, err error) error {
	return explain(ctx, fmt.Sprintf("%s %q can't be looked up", s.kind, wanted), err)
}

// mayBeID reports whether text can stand in a path without escapes.
func mayBeID(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-._~", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// mostCandidates is the number of candidates that an error lists.
const mostCandidates = 10

func candidates(all []string) string {
	slices.Sort(all)
	all = slices.Compact(all)
	if more := len(all) - mostCandidates; more > 0 {
		all = append(all[:mostCandidates], fmt.Sprintf("and %d more", more))
	}
	return oneLine(strings.Join(all, ", "))
}
