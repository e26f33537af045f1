// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/gophercloud/gophercloud/v2/openstack"
	"go.opentelemetry.io/otel/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/propagation"
)

// simulated is the simulated cloud, for users who have named no cloud.
type simulated struct {
	*simcloud.Cloud
	key   hmac.Key
	token string // the token of a user who may call the service
}

func startSimulated(ctx context.Context, spans *telemetry) (*simulated, error) {
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		return nil, err
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key), simcloud.WithSpanProcessor(spans.cloud))
	if err != nil {
		return nil, err
	}
	provider, err := openstack.AuthenticatedClient(ctx, cloud.AuthOptions())
	if err != nil {
		return nil, errors.Join(err, cloud.Close())
	}
	return &simulated{cloud, key, provider.Token()}, nil
}

// explain prints how to call the service at an address.
func (s *simulated) explain(w io.Writer, address string) {
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // never fails
	base := propagation.BaseID(id)
	info, mac := s.key.SignedPack(hmac.TraceInfo{BaseID: base, ParentID: base})
	fmt.Fprintf(w, `service: no OS_AUTH_URL names a cloud, so this is a simulated one, whose key is SECRET_KEY
Traced:
  curl -H 'X-Auth-Token: %[1]s' -H '%[2]s: %[3]s' -H '%[4]s: %[5]s' %[6]s/v1/images
Not traced:
  curl -H 'X-Auth-Token: %[1]s' %[6]s/v1/images
`, s.token, hmac.HeaderInfo, info, hmac.HeaderHMAC, mac, address)
}
