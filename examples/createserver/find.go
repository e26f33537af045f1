package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
)

// named is an image, a flavor or a network.
type named struct{ id, name string }

// find returns the server to create, with image, flavor and network by their
// ids.
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
	client, err := openstack.NewImageV2(s.client, s.endpoint)
	if err != nil {
		return "", end(noService("image", err))
	}
	list := func(name string) ([]named, error) {
		page, err := images.List(client, images.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := images.ExtractImages(page)
		return names(all, func(i images.Image) named { return named{i.ID, i.Name} }), err
	}
	id, err := one("image", wanted, list, func() (named, error) {
		image, err := images.Get(ctx, client, wanted).Extract()
		if err != nil {
			return named{}, err
		}
		return named{image.ID, image.Name}, nil
	})
	return id, end(err)
}

func (s *servers) findFlavor(ctx context.Context, wanted string) (string, error) {
	ctx, end := step(ctx, "find flavor")
	client, err := openstack.NewComputeV2(s.client, s.endpoint)
	if err != nil {
		return "", end(noService("compute", err))
	}
	// Nova can't filter flavors by name.
	list := func(name string) ([]named, error) {
		page, err := flavors.ListDetail(client, nil).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := flavors.ExtractFlavors(page)
		found := names(all, func(f flavors.Flavor) named { return named{f.ID, f.Name} })
		if name == "" {
			return found, err
		}
		var matching []named
		for _, flavor := range found {
			if flavor.name == name {
				matching = append(matching, flavor)
			}
		}
		return matching, err
	}
	id, err := one("flavor", wanted, list, func() (named, error) {
		flavor, err := flavors.Get(ctx, client, wanted).Extract()
		if err != nil {
			return named{}, err
		}
		return named{flavor.ID, flavor.Name}, nil
	})
	return id, end(err)
}

func (s *servers) findNetwork(ctx context.Context, wanted string) (string, error) {
	ctx, end := step(ctx, "find network")
	client, err := openstack.NewNetworkV2(s.client, s.endpoint)
	if err != nil {
		return "", end(noService("network", err))
	}
	list := func(name string) ([]named, error) {
		page, err := networks.List(client, networks.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := networks.ExtractNetworks(page)
		return names(all, func(n networks.Network) named { return named{n.ID, n.Name} }), err
	}
	id, err := one("network", wanted, list, func() (named, error) {
		network, err := networks.Get(ctx, client, wanted).Extract()
		if err != nil {
			return named{}, err
		}
		return named{network.ID, network.Name}, nil
	})
	return id, end(err)
}

func names[T any](all []T, name func(T) named) []named {
	found := make([]named, 0, len(all))
	for _, t := range all {
		found = append(found, name(t))
	}
	return found
}

// one returns the id of the only thing that has the wanted name or id. list
// returns those with a name, or all for an empty name; get returns the one whose
// id is wanted.
func one(kind, wanted string, list func(name string) ([]named, error), get func() (named, error)) (string, error) {
	found, err := list(wanted)
	if err != nil {
		return "", explain(kind+" "+wanted+" can't be looked up", err)
	}
	switch {
	case len(found) == 1:
		return found[0].id, nil
	case len(found) > 1:
		return "", fmt.Errorf("there are %d %ss %q; give one of the ids %s", len(found), kind, wanted, candidates(found, func(n named) string { return n.id }))
	}
	if !strings.ContainsAny(wanted, "/?#% ") {
		thing, err := get()
		if err == nil {
			return thing.id, nil
		}
		var unexpected gophercloud.ErrUnexpectedResponseCode
		if !errors.As(err, &unexpected) || unexpected.Actual != http.StatusNotFound && unexpected.Actual != http.StatusBadRequest {
			return "", explain(kind+" "+wanted+" can't be looked up", err)
		}
	}
	all, err := list("")
	if err != nil || len(all) == 0 {
		return "", fmt.Errorf("there is no %s %q, nor any other", kind, wanted)
	}
	return "", fmt.Errorf("there is no %s %q; the cloud has %s", kind, wanted, candidates(all, func(n named) string { return n.name }))
}

// mostCandidates is how many an error lists.
const mostCandidates = 10

func candidates(found []named, show func(named) string) string {
	var shown []string
	for i, n := range found {
		if i == mostCandidates {
			shown = append(shown, fmt.Sprintf("and %d more", len(found)-i))
			break
		}
		shown = append(shown, oneLine(show(n)))
	}
	return strings.Join(shown, ", ")
}
