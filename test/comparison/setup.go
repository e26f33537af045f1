// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// setup is one way to trace a cloud, or not to trace it.
type setup struct {
	name  string // in the table of measurements, and on the command line
	title string // on the page

	parameters []string // of test/openstack/openstack up; the others have their defaults
	headers    headers  // what a client sends
	share      float64  // the share of the client's traces that it samples
	gateway    bool     // the requests go through a gateway, which samples 1 %

	// sees are the layers of which there must be spans of one server, and no other
	// layer may have any. A set-up that samples 1 % has them only sometimes. The rate of
	// native OpenTelemetry is oslo.middleware's, so that spans of RPC are left at 0.
	sees    []layer
	sampled bool

	zed     bool // OpenStack Zed has it too
	quick   bool // a quick run has it
	all     bool // each work is done in it; in the others only the essential ones
	article bool // the article's scenario runs in it
}

// headers are the headers that a client sends for tracing.
type headers int

const (
	noHeaders headers = iota
	w3cHeaders
	signedHeaders // and those of W3C
)

// The set-ups that others are compared with.
const (
	nothing      = "none"
	nothingAgain = "none-again"
)

var (
	osprofilerSees = []layer{httpServer, rpc, function}
	nativeSees     = []layer{httpServer, rpc}
)

// setups are all set-ups. The first is the baseline.
var setups = append([]setup{
	{name: nothing, title: "nothing", parameters: []string{"TRACING=off"}, zed: true, quick: true, all: true, article: true},
	{name: nothingAgain, title: "nothing, again (A/A)", parameters: []string{"TRACING=off"}, zed: true},
	{name: "no-key", title: "OSProfiler, and requests without a key", parameters: []string{"TRACING=redis"}, zed: true, quick: true},
	{name: "native", title: "native OpenTelemetry at the rate 1.0", parameters: []string{"TRACING=native"}, headers: w3cHeaders, share: 1, sees: nativeSees, quick: true, all: true},
	{name: "native-0.01", title: "native OpenTelemetry at the rate 0.01", parameters: []string{"TRACING=native", "SAMPLING_RATE=0.01"}, headers: w3cHeaders, share: 1, sees: nativeSees, sampled: true},
	{name: "native-0", title: "native OpenTelemetry at the rate 0", parameters: []string{"TRACING=native", "SAMPLING_RATE=0"}, headers: w3cHeaders, share: 1, sees: []layer{rpc}},
	{
		name: "auto", title: "Python's auto-instrumentation", parameters: []string{"TRACING=auto"}, headers: w3cHeaders, share: 1,
		sees: []layer{httpServer, httpClient}, article: true,
	},
	{
		name: "native-and-redis", title: "native OpenTelemetry, and OSProfiler in Redis", parameters: []string{"TRACING=native+redis"}, headers: signedHeaders, share: 1,
		sees: append([]layer{sql}, osprofilerSees...),
	},
	{
		name: "client-0.01", title: "OSProfiler in Redis, a client signs 1 %", parameters: []string{"TRACING=redis"}, headers: signedHeaders, share: 0.01,
		sees: append([]layer{sql}, osprofilerSees...), sampled: true, zed: true,
	},
	{
		name: "gateway-0.01", title: "OSProfiler in Redis, the gateway signs 1 %", parameters: []string{"TRACING=redis"}, gateway: true,
		sees: append([]layer{sql}, osprofilerSees...), sampled: true, zed: true,
	},
}, osprofilerSetups()...)

// osprofilerSetups returns the set-ups of OSProfiler with a key: each back end with
// SQL, without it, and with the services' HTTP requests besides.
func osprofilerSetups() []setup {
	var all []setup
	for _, backend := range []struct{ name, title string }{{"redis", "in Redis"}, {"sql", "in MariaDB"}, {"otlp", "over OTLP"}} {
		s := setup{title: "OSProfiler " + backend.title, headers: signedHeaders, share: 1}
		tracing, zed := "TRACING="+backend.name, backend.name != "otlp"
		withSQL, withRequests := s, s
		withSQL.name, withSQL.parameters, withSQL.sees = backend.name, []string{tracing}, append([]layer{sql}, osprofilerSees...)
		withSQL.zed, withSQL.quick, withSQL.all = zed, backend.name != "sql", backend.name != "sql"
		s.name, s.title, s.parameters, s.sees = backend.name+"-no-sql", s.title+", without SQL statements", []string{tracing, "TRACE_SQLALCHEMY=off"}, osprofilerSees
		s.zed = zed
		withRequests.name, withRequests.title, withRequests.parameters = backend.name+"-requests", withRequests.title+", with the services' requests", []string{tracing, "TRACE_REQUESTS=on"}
		withRequests.sees, withRequests.article = append([]layer{sql, httpClient}, osprofilerSees...), backend.name == "otlp"
		all = append(all, withSQL, s, withRequests)
	}
	return all
}

// later reports whether the set-up does a part of its work later than in the request:
// OpenTelemetry sends spans in batches, and MariaDB writes its pages in the background.
func (s setup) later() bool {
	return !slices.Contains([]string{"TRACING=off", "TRACING=redis"}, s.parameters[0])
}

// has reports whether a release of OpenStack has the set-up.
func (s setup) has(release string) bool { return release != "zed" || s.zed }

// chooseSetups returns the named set-ups of a release, in the order of the table. All
// of them are meant if there is no name.
func chooseSetups(names []string, release string) ([]setup, error) {
	var chosen []setup
	known := map[string]bool{}
	for _, s := range setups {
		if !s.has(release) {
			continue
		}
		known[s.name] = true
		if len(names) == 0 || slices.Contains(names, s.name) {
			chosen = append(chosen, s)
		}
	}
	for _, name := range names {
		if !known[name] {
			return nil, fmt.Errorf("%s has no set-up %q: there are %s", release, name, strings.Join(setupNames(release), ", "))
		}
	}
	return chosen, nil
}

func setupNames(release string) []string {
	var names []string
	for _, s := range setups {
		if s.has(release) {
			names = append(names, s.name)
		}
	}
	return names
}
