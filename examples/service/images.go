// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	glanceimages "github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"github.com/ostrace/ostrace/gophercloudtrace"
	"github.com/ostrace/ostrace/otelhttp"
)

// images answers requests for a cloud's images.
type images struct {
	authURL, region string
	log             *slog.Logger
}

// list answers GET /v1/images.
func (i *images) list(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	names, err := i.names(ctx, r.Header.Get("X-Auth-Token"))
	attrs := otelhttp.LogAttrs(ctx)
	switch {
	case gophercloud.ResponseCodeIs(err, http.StatusUnauthorized):
		i.log.LogAttrs(ctx, slog.LevelInfo, "no valid token", attrs...)
		http.Error(w, "give a valid token in X-Auth-Token", http.StatusUnauthorized)
	case err != nil:
		i.log.LogAttrs(ctx, slog.LevelError, "the cloud can't be asked", append(attrs, slog.Any("error", err))...)
		http.Error(w, "the cloud can't be asked", http.StatusBadGateway)
	default:
		i.log.LogAttrs(ctx, slog.LevelInfo, "images listed", append(attrs, slog.Int("images", len(names)))...)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string][]string{"images": names}) // the caller may not be there any more
	}
}

// names asks the cloud with the caller's token. The context has everything that
// the requests need for the trace, also the key that signs them.
func (i *images) names(ctx context.Context, token string) ([]string, error) {
	if token == "" {
		return nil, gophercloud.ErrUnexpectedResponseCode{Actual: http.StatusUnauthorized}
	}
	provider, err := openstack.NewClient(i.authURL)
	if err != nil {
		return nil, err
	}
	gophercloudtrace.Instrument(provider)
	if err := openstack.Authenticate(ctx, provider, gophercloud.AuthOptions{IdentityEndpoint: i.authURL, TokenID: token}); err != nil {
		return nil, err
	}
	glance, err := openstack.NewImageV2(provider, gophercloud.EndpointOpts{Region: i.region})
	if err != nil {
		return nil, err
	}
	pages, err := glanceimages.List(glance, nil).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	found, err := glanceimages.ExtractImages(pages)
	names := make([]string, 0, len(found))
	for _, image := range found {
		names = append(names, image.Name)
	}
	return names, err
}
