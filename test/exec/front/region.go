// SPDX-License-Identifier: Apache-2.0

package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/endpoints"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/regions"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/services"
)

// Region is the region of the catalog that has the front's names.
const Region = "TLS"

// region is the front's part of the catalog.
type region struct {
	identity *gophercloud.ServiceClient
}

// publish adds the region with an endpoint for each service. It returns the service
// behind each of the front's hosts.
func (f *Front) publish(ctx context.Context, auth gophercloud.AuthOptions) (hosts map[string]*url.URL, err error) {
	provider, err := openstack.AuthenticatedClient(ctx, auth)
	if err != nil {
		return nil, err
	}
	identity, err := openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{Region: "RegionOne"})
	if err != nil {
		return nil, err
	}
	f.region = &region{identity}
	// A run that was killed may have left a part of the region.
	if err := f.region.removeEndpoints(ctx); err != nil {
		return nil, err
	}
	err = regions.Create(ctx, identity, regions.CreateOpts{ID: Region}).Err
	if err != nil && !gophercloud.ResponseCodeIs(err, http.StatusConflict) {
		return nil, err
	}
	hosts, err = f.region.addEndpoints(ctx)
	if err != nil {
		return nil, errors.Join(err, f.region.remove())
	}
	return hosts, nil
}

// addEndpoints adds the endpoints of the region. They are the endpoints of RegionOne
// with other hosts.
func (r *region) addEndpoints(ctx context.Context) (hosts map[string]*url.URL, err error) {
	page, err := services.List(r.identity, nil).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := services.ExtractServices(page)
	if err != nil {
		return nil, err
	}
	of, err := r.endpoints(ctx, endpoints.ListOpts{RegionID: "RegionOne", Availability: gophercloud.AvailabilityPublic})
	if err != nil {
		return nil, err
	}
	hosts = map[string]*url.URL{}
	for _, serviceType := range serviceTypes {
		i := slices.IndexFunc(all, func(s services.Service) bool { return s.Type == serviceType })
		if i < 0 {
			return nil, fmt.Errorf("the catalog has no service of type %s", serviceType)
		}
		j := slices.IndexFunc(of, func(e endpoints.Endpoint) bool { return e.ServiceID == all[i].ID })
		if j < 0 {
			return nil, fmt.Errorf("RegionOne has no endpoint of type %s", serviceType)
		}
		service, err := url.Parse(of[j].URL)
		if err != nil {
			return nil, err
		}
		hosts[serviceType+domain] = &url.URL{Scheme: service.Scheme, Host: service.Host}
		service.Scheme, service.Host = "https", serviceType+domain
		err = endpoints.Create(ctx, r.identity, endpoints.CreateOpts{
			Availability: gophercloud.AvailabilityPublic, Region: Region, ServiceID: all[i].ID, URL: service.String(),
		}).Err
		if err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

func (r *region) endpoints(ctx context.Context, which endpoints.ListOpts) ([]endpoints.Endpoint, error) {
	page, err := endpoints.List(r.identity, which).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	return endpoints.ExtractEndpoints(page)
}

func (r *region) removeEndpoints(ctx context.Context) error {
	own, err := r.endpoints(ctx, endpoints.ListOpts{RegionID: Region})
	for _, endpoint := range own {
		err = errors.Join(err, endpoints.Delete(ctx, r.identity, endpoint.ID).Err)
	}
	return err
}

// remove removes the region from the catalog.
func (r *region) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.removeEndpoints(ctx); err != nil {
		return err
	}
	return regions.Delete(ctx, r.identity, Region).Err
}
