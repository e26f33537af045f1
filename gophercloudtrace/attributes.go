// SPDX-License-Identifier: Apache-2.0

package gophercloudtrace

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/otelhttp"
)

// The attributes that OpenTelemetry's conventions do not have.
const (
	// ServiceTypeKey is the type of the service in the catalog, such as
	// "compute".
	ServiceTypeKey = attribute.Key("openstack.service.type")
	// RegionKey is the id of the endpoint's region in the catalog.
	RegionKey = attribute.Key("openstack.region")
	// RequestIDKey is the id under which the service logged the request, such
	// as "req-5c3f8a80-…", from the response's X-Openstack-Request-Id. It is
	// otelhttp.RequestIDKey, which the service's own span has.
	RequestIDKey = otelhttp.RequestIDKey
	// MicroversionKey is the microversion of the API, such as "2.79".
	MicroversionKey = attribute.Key("openstack.api.microversion")
)

const (
	// Nova had this header before httpheader.RequestID, and still sends it.
	headerComputeRequestID = "X-Compute-Request-Id"

	headerMicroversion = "Openstack-Api-Version"
)

// Services had their own headers before OpenStack-API-Version, and some answer
// only with these. gophercloud sends both.
var olderMicroversionHeaders = []string{
	"X-Openstack-Nova-Api-Version",
	"X-Openstack-Ironic-Api-Version",
	"X-Openstack-Manila-Api-Version",
}

// microversion returns the microversion in OpenStack-API-Version, or an empty
// text.
func microversion(header http.Header) string {
	if values := header[headerMicroversion]; len(values) > 0 {
		// such as "compute 2.79"
		_, version, _ := strings.Cut(values[0], " ")
		return recordable(version)
	}
	return ""
}

// microversionUsed returns the microversion in an answer, or an empty text.
func microversionUsed(header http.Header) string {
	if version := microversion(header); version != "" {
		return version
	}
	for _, name := range olderMicroversionHeaders {
		if values := header[name]; len(values) > 0 {
			return recordable(values[0])
		}
	}
	return ""
}

func requestID(header http.Header) string {
	for _, name := range []string{httpheader.RequestID, headerComputeRequestID} {
		if values := header[name]; len(values) > 0 {
			return recordable(values[0])
		}
	}
	return ""
}

// recordable returns a header's value. It returns an empty text if the value is
// longer than that of any service, or is not UTF-8, for which an OTLP exporter
// would drop the whole batch.
func recordable(value string) string {
	if len(value) > 255 || !utf8.ValidString(value) {
		return ""
	}
	return value
}

// appendTo appends the attributes of a request to the endpoint. The endpoint
// may be nil.
func (e *endpoint) appendTo(attributes []attribute.KeyValue) []attribute.KeyValue {
	if e == nil {
		return attributes
	}
	if e.serviceType != "" {
		attributes = append(attributes, ServiceTypeKey.String(e.serviceType))
	}
	if e.region != "" {
		attributes = append(attributes, RegionKey.String(e.region))
	}
	return attributes
}

// withEndpoint returns the attributes of a metric, and those of the request's
// endpoint.
func withEndpoint(ctx context.Context, set attribute.Set) attribute.Set {
	e := callFrom(ctx).endpoint
	if e == nil {
		return set
	}
	return attribute.NewSet(e.appendTo(set.ToSlice())...)
}
