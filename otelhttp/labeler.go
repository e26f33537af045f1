// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	otelpropagation "go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace/noop"
)

// The keys under which contrib's otelhttp looks for a Labeler in a context. Where
// it finds none, it makes one, and a context that carries it. The contexts of this
// package carry a Labeler already; that of the context around them comes first.
//
// The function that finds a Labeler for contrib's transport is
// ClientLabelerFromContext, or LabelerFromContext before contrib's version 0.72,
// which has no other. So the key is learned from the transport itself.
var (
	serverLabelerKey = keysAskedBy(func(ctx context.Context) { otelhttp.LabelerFromContext(ctx) })[0]
	clientLabelerKey = ofType(reflect.TypeOf(serverLabelerKey), keysAskedBy(sendNothing))
)

// keysAskedBy returns the keys for which a function asks its context.
func keysAskedBy(ask func(context.Context)) []any {
	asked := &askedContext{Context: context.Background()}
	ask(asked)
	return asked.keys
}

// ofType returns the first key of a type, or nil if there is none.
func ofType(wanted reflect.Type, keys []any) any {
	for _, key := range keys {
		if reflect.TypeOf(key) == wanted {
			return key
		}
	}
	return nil
}

type askedContext struct {
	context.Context
	keys []any
}

func (c *askedContext) Value(key any) any {
	c.keys = append(c.keys, key)
	return nil
}

// sendNothing has contrib's transport handle a request that is not sent, and
// that it records nowhere.
func sendNothing(ctx context.Context) {
	transport := otelhttp.NewTransport(refusing{},
		otelhttp.WithTracerProvider(noop.NewTracerProvider()),
		otelhttp.WithMeterProvider(metricnoop.NewMeterProvider()),
		otelhttp.WithPropagators(otelpropagation.NewCompositeTextMapPropagator()))
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{}, Header: http.Header{}}
	_, _ = transport.RoundTrip(r.WithContext(ctx)) //nolint:bodyclose // there is no response
}

// refusing is a RoundTripper that sends nothing.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.ErrUnsupported
}
