// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

var fronts = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}

func TestValidate(t *testing.T) {
	get := []string{http.MethodGet}
	for name, test := range map[string]struct {
		policy Policy
		says   string // empty if the policy is valid
	}{
		"the zero policy": {Policy{}, ""},
		"all": {Policy{
			Share: 0.01, PerMinute: 600, PerTokenPerMinute: 10, RequestIDs: []string{requestID}, TrustedProxies: fronts,
			Rules: []Rule{{Share: 1, Methods: get, Paths: []string{"/v2.1/*"}, Headers: map[string]string{"host": "*"}, Projects: []string{"p"}, Users: []string{"u"}}},
		}, ""},
		"a negative share":           {Policy{Share: -0.1}, "between 0 and 1"},
		"a share above 1":            {Policy{Share: 1.1}, "between 0 and 1"},
		"a share that is no number":  {Policy{Share: math.NaN()}, "between 0 and 1"},
		"a rule's share":             {Policy{Rules: []Rule{{Methods: get}, {Methods: get, Share: 2}}}, "rule 2: share is 2"},
		"a negative limit":           {Policy{PerMinute: -1}, "per_minute is -1"},
		"a negative limit per token": {Policy{PerTokenPerMinute: -1}, "per_token_per_minute is -1"},
		"a limit too high":           {Policy{PerMinute: 1e9}, "between 0"},
		"a request id":               {Policy{RequestIDs: []string{"req-1"}}, "lower case"},
		"a rule of nothing":          {Policy{Rules: []Rule{{Share: 1}}}, "rule 1: it has no condition"},
		"a method":                   {Policy{Rules: []Rule{{Methods: []string{"get"}}}}, "upper case"},
		"no method":                  {Policy{Rules: []Rule{{Methods: []string{""}}}}, "upper case"},
		"a path":                     {Policy{Rules: []Rule{{Paths: []string{"v2.1"}}}}, "slash"},
		"no path":                    {Policy{Rules: []Rule{{Paths: []string{""}}}}, "slash"},
		"no header":                  {Policy{Rules: []Rule{{Headers: map[string]string{"": "a"}}}}, "no name"},
		"X-Project-Id as a header":   {Policy{TrustedProxies: fronts, Rules: []Rule{{Headers: map[string]string{"x-project-id": "a"}}}}, "use projects or users"},
		"X-User-Id as a header":      {Policy{TrustedProxies: fronts, Rules: []Rule{{Headers: map[string]string{"X-User-Id": "a"}}}}, "use projects or users"},
		"a project without a front":  {Policy{Rules: []Rule{{Projects: []string{"p"}}}}, "trusted_proxies"},
		"a user without a front":     {Policy{Rules: []Rule{{Users: []string{"u"}}}}, "trusted_proxies"},
		"no range":                   {Policy{TrustedProxies: make([]netip.Prefix, 1)}, "trusted_proxies"},
		"an IPv4 range in IPv6":      {Policy{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("::ffff:192.0.2.0/120")}}, "192.0.2.0/24"},
	} {
		err := test.policy.Validate()
		if (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}

func TestPolicyAsJSON(t *testing.T) {
	const text = `{"share":0.01,"rules":[{"share":1,"methods":["POST"],"paths":["/v2.1/servers"],"headers":{"Host":"nova*"},"projects":["p"],"users":["u"]}],` +
		`"per_minute":600,"per_token_per_minute":10,"request_ids":["` + requestID + `"],"trusted_proxies":["192.0.2.0/24","2001:db8::/32"]}`
	var p Policy
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(p)
	if err != nil || string(again) != text {
		t.Errorf("%s is written as %s: %v", text, again, err)
	}
	if zero, err := json.Marshal(Policy{}); err != nil || string(zero) != "{}" {
		t.Errorf("the zero policy is written as %s: %v", zero, err)
	}
}

func TestRules(t *testing.T) {
	p := Policy{TrustedProxies: fronts, Rules: []Rule{
		{Paths: []string{"/healthcheck", "/healthcheck/*"}},
		{Share: 1, Methods: []string{"POST", "PUT"}, Paths: []string{"/v2.1/servers", "/v2.1/*/action"}},
		{Share: 1, Headers: map[string]string{"x-debug": "yes", "Host": "nova.*"}},
		{Share: 1, Projects: []string{"p1", "p2"}},
		{Share: 1, Projects: []string{"p3"}, Users: []string{"u3"}},
	}}
	g := mustNew(t, p)
	for name, test := range map[string]struct {
		method, target, peer string
		header               http.Header
		chosen               bool
	}{
		"no rule":                       {target: "/v2.1/servers"},
		"method and path":               {method: "POST", target: "/v2.1/servers", chosen: true},
		"second method, second pattern": {method: "PUT", target: "/v2.1/servers/1/action?a=b", chosen: true},
		"another path":                  {method: "POST", target: "/v2.1/servers/1"},
		"an empty segment":              {method: "POST", target: "//v2.1//servers", chosen: true},
		"dot segments":                  {method: "POST", target: "/x/../v2.1/./servers", chosen: true},
		"encoded dot segments":          {method: "POST", target: "/x/%2e%2E/v2.1/%2e/servers", chosen: true},
		"dot segments at another rule":  {method: "POST", target: "/healthcheck/../v2.1/servers", chosen: true},
		"a dot segment at the end":      {method: "POST", target: "/v2.1/servers/."},
		"a segment with a dot":          {method: "POST", target: "/v2.1/.servers"},
		"the first rule decides":        {method: "POST", target: "/healthcheck", header: header("X-Debug", "yes")},
		"header and host":               {target: "http://nova.cloud.example/", header: header("X-Debug", "no", "X-Debug", "yes"), chosen: true},
		"header and another host":       {target: "http://glance.cloud.example/", header: header("X-Debug", "yes")},
		"another header":                {target: "http://nova.cloud.example/", header: header("X-Debug", "yes!")},
		"a project":                     {peer: "192.0.2.7:1234", header: header("X-Project-Id", "p2"), chosen: true},
		"a project, over IPv6":          {peer: "[2001:db8::1]:1234", header: header("X-Project-Id", "p1"), chosen: true},
		"a project, IPv4 over IPv6":     {peer: "[::ffff:192.0.2.7]:1234", header: header("X-Project-Id", "p1"), chosen: true},
		"a project of a stranger":       {peer: "198.51.100.1:1234", header: header("X-Project-Id", "p1")},
		"a project over a socket":       {peer: "@", header: header("X-Project-Id", "p1")},
		"a project twice":               {peer: "192.0.2.7:1234", header: header("X-Project-Id", "p1", "X-Project-Id", "p1")},
		"no project":                    {peer: "192.0.2.7:1234"},
		"another project":               {peer: "192.0.2.7:1234", header: header("X-Project-Id", "p4")},
		"project and user":              {peer: "192.0.2.7:1234", header: header("X-Project-Id", "p3", "X-User-Id", "u3"), chosen: true},
		"project and another user":      {peer: "192.0.2.7:1234", header: header("X-Project-Id", "p3", "X-User-Id", "u1")},
	} {
		if test.method == "" {
			test.method = http.MethodGet
		}
		if test.target == "" {
			test.target = "/"
		}
		r := httptest.NewRequestWithContext(t.Context(), test.method, test.target, nil)
		if r.Header = test.header; test.peer != "" {
			r.RemoteAddr = test.peer
		}
		want := DecisionNone
		if test.chosen {
			want = DecisionRule
		}
		if _, got := g.Decide(r); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// No path matches a request without a URL.
func TestNoURL(t *testing.T) {
	g := mustNew(t, Policy{Rules: []Rule{{Share: 1, Paths: []string{"*"}}}})
	if _, got := g.Decide(&http.Request{Method: http.MethodOptions}); got != DecisionNone {
		t.Errorf("decision %s", got)
	}
}

func TestShare(t *testing.T) {
	draws := []float64{0, 0.0099, 0.01, 0.5, 0.999}
	compiled, err := Policy{Share: 0.01}.compile()
	if err != nil {
		t.Fatal(err)
	}
	var got []Decision
	compiled.random = func() float64 {
		draw := draws[0]
		draws = draws[1:]
		return draw
	}
	for range draws {
		got = append(got, compiled.choose(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), newBudget()))
	}
	if want := []Decision{DecisionShare, DecisionShare, DecisionNone, DecisionNone, DecisionNone}; !reflect.DeepEqual(got, want) {
		t.Errorf("decisions %v, want %v", got, want)
	}
}

// A share of one in ten chooses about one in ten of 100,000 requests. The test
// allows six standard deviations, which one run in 500 million exceeds.
func TestShareIsDrawn(t *testing.T) {
	const many, share = 100_000, 0.1
	g := mustNew(t, Policy{Share: share})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	chosen := 0
	for range many {
		if _, decision := g.Decide(r); decision == DecisionShare {
			chosen++
		}
	}
	if margin := 6 * math.Sqrt(many*share*(1-share)); math.Abs(float64(chosen)-many*share) > margin {
		t.Errorf("%d of %d requests were chosen", chosen, many)
	}
}
