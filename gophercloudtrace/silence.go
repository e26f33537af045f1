// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/otel"

	"github.com/ostrace/ostrace/internal/origin"
	"github.com/ostrace/ostrace/propagation"
)

// explainUnsigned says once, to OpenTelemetry's error handler, why a call with
// a sampled span is not signed although there is a key: its host is not known
// to belong to the cloud.
func (t *transport) explainUnsigned(c *call) {
	if len(t.ring.Keys()) == 0 && propagation.ProfilerFromContext(c).Key.IsZero() {
		return
	}
	address, ok := origin.Of(c.request.URL)
	if !ok {
		return
	}
	t.notInCatalog.Do(func() {
		known := t.cloud.catalog(c.request)
		reason := "the service catalog does not list that host"
		switch {
		case known.origins[address] != nil:
			reason = fmt.Sprintf("their Host is %q, which the service catalog does not list", strings.ToValidUTF8(c.request.Host, "\ufffd"))
		case t.cloud.provider == nil:
			reason = "a transport without a provider has no service catalog"
		case !known.authenticated:
			reason = "the provider has no service catalog: it is not authenticated yet, or its token was set by hand"
		}
		otel.Handle(fmt.Errorf("ostrace: requests to %s are not signed, because %s; "+
			"if that is an endpoint of the cloud, name it with gophercloudtrace.WithEndpoints", address, reason))
	})
}
