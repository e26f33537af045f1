// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// layer is the part of a service's work that a span is about.
type layer int

const (
	httpServer layer = iota
	httpClient
	rpc
	sql
	driver
	function
	layers int = iota
)

func (l layer) String() string {
	return [...]string{"HTTP server", "HTTP client", "RPC", "SQL", "driver", "function"}[l]
}

// spans are numbers of spans, by layer.
type spans [layers]int

func (s spans) total() (n int) {
	for _, of := range s {
		n += of
	}
	return n
}

func (s *spans) add(other spans) {
	for l, n := range other {
		s[l] += n
	}
}

// layerOfPoint returns the layer of an OSProfiler point, by its name: "wsgi", "db" or
// "neutron.db", "rpc", "http" or "https" (osprofiler/requests.py), a service's
// driver, or a class whose functions a service traces, such as "compute_api".
func layerOfPoint(name string) layer {
	switch {
	case strings.Contains(name, "wsgi"):
		return httpServer
	case strings.Contains(name, "http"):
		return httpClient
	case name == "rpc":
		return rpc
	case name == "db" || strings.HasSuffix(name, ".db"):
		return sql
	case strings.Contains(name, "driver"):
		return driver
	}
	return function
}

// layerOfSpan returns the layer of a span of OSProfiler's OTLP driver, of oslo.middleware
// or oslo.messaging, or of Python's auto-instrumentation. OSProfiler's driver strips
// letters of "-start" from the end of a point's name, so that "driver" is "drive".
func layerOfSpan(s *tracepb.Span) layer {
	has := func(prefixes ...string) bool {
		for _, attribute := range s.GetAttributes() {
			for _, prefix := range prefixes {
				if strings.HasPrefix(attribute.GetKey(), prefix) {
					return true
				}
			}
		}
		return false
	}
	kind := s.GetKind()
	switch {
	case has("db."):
		return sql
	case kind == tracepb.Span_SPAN_KIND_PRODUCER, kind == tracepb.Span_SPAN_KIND_CONSUMER, s.GetName() == "rpc":
		return rpc
	case kind == tracepb.Span_SPAN_KIND_SERVER:
		return httpServer
	case has("http.", "url."):
		return httpClient
	case strings.Contains(s.GetName(), "drive"):
		return driver
	}
	return function
}

// serviceOf returns the name that test/openstack/openstack has for a service that
// calls itself something like nova-osapi_compute, osapi_compute or nova-api.
func serviceOf(name string) string {
	for _, known := range []struct{ part, service string }{
		{"keystone", "keystone"}, {"placement", "placement"}, {"glance", "glance"},
		{"neutron-rpc", "neutron-rpc-server"}, {"neutron", "neutron"},
		{"osapi_volume", "cinder-api"}, {"osapi_compute", "nova-api"},
		{"cinder-volume", "cinder-volume"}, {"cinder-scheduler", "cinder-scheduler"}, {"cinder", "cinder-api"},
		{"nova-conductor", "nova-conductor"}, {"nova-scheduler", "nova-scheduler"}, {"nova-compute", "nova-compute"},
	} {
		if strings.Contains(name, known.part) {
			return known.service
		}
	}
	return name
}
