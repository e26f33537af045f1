// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestLayers(t *testing.T) {
	for name, want := range map[string]layer{
		"wsgi": httpServer, "http": httpClient, "https": httpClient, "rpc": rpc, "db": sql, "neutron.db": sql,
		"driver": driver, "vif_driver": driver, "compute_api": function, "neutron_api": function, "nova_image": function, "volume_api": function,
	} {
		if got := layerOfPoint(name); got != want {
			t.Errorf("point %s: %v, want %v", name, got, want)
		}
	}
	for _, test := range []struct {
		name, attribute string
		kind            tracepb.Span_SpanKind
		want            layer
	}{
		// OSProfiler's driver.
		{"WSGI_GET_/v2.1/servers", "http.path", tracepb.Span_SPAN_KIND_SERVER, httpServer},
		{"SQL_SELECT", "db.statement", tracepb.Span_SPAN_KIND_CLIENT, sql},
		{"REQUESTS_GET_127.0.0.1", "http.path", tracepb.Span_SPAN_KIND_CLIENT, httpClient},
		{"rpc", "name", tracepb.Span_SPAN_KIND_INTERNAL, rpc},
		{"vif_drive", "name", tracepb.Span_SPAN_KIND_INTERNAL, driver},
		{"compute_api", "name", tracepb.Span_SPAN_KIND_CLIENT, function},
		// oslo.middleware and oslo.messaging.
		{"HTTP GET /v2.1/servers", "http.method", tracepb.Span_SPAN_KIND_SERVER, httpServer},
		{"conductor.build_instances", "messaging.system", tracepb.Span_SPAN_KIND_PRODUCER, rpc},
		{"build_instances receive", "messaging.system", tracepb.Span_SPAN_KIND_CONSUMER, rpc},
		// Python's auto-instrumentation.
		{"GET", "http.url", tracepb.Span_SPAN_KIND_CLIENT, httpClient},
		{"GET", "url.full", tracepb.Span_SPAN_KIND_CLIENT, httpClient},
		{"SELECT nova", "db.system", tracepb.Span_SPAN_KIND_CLIENT, sql},
	} {
		span := &tracepb.Span{Name: test.name, Kind: test.kind, Attributes: []*commonpb.KeyValue{{Key: test.attribute}}}
		if got := layerOfSpan(span); got != test.want {
			t.Errorf("span %s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestServiceNames(t *testing.T) {
	for name, want := range map[string]string{
		"keystone-public": "keystone", "placement-placement": "placement", "glance-api": "glance", "neutron-neutron-server": "neutron",
		"neutron-rpc-server": "neutron-rpc-server", "nova-osapi_compute": "nova-api", "nova-api": "nova-api",
		"nova-nova-conductor": "nova-conductor", "nova-nova-scheduler": "nova-scheduler", "nova-nova-compute": "nova-compute",
		"cinder-osapi_volume": "cinder-api", "cinder-cinder-volume": "cinder-volume", "cinder-api": "cinder-api", "something": "something",
	} {
		if got := serviceOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
