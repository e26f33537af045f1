// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/ostrace/ostrace/internal/httpheader"
	"github.com/ostrace/ostrace/internal/requestid"
)

// Policy says which unsigned requests are traced. The zero Policy chooses none of
// them.
type Policy struct {
	// Share is the share of the requests that no rule matches, from 0 to 1, that
	// is traced. It is decided for each request at random.
	Share float64 `json:"share,omitempty"`

	// Rules are tried in their order. The first one that matches a request
	// decides on it.
	Rules []Rule `json:"rules,omitempty"`

	// PerMinute is the most requests that are traced in a minute. Zero means that
	// there is no limit. So many requests can be traced at once, and the limit
	// then recovers evenly within a minute. So within m minutes, at most
	// (m+1) * PerMinute requests are traced.
	PerMinute int `json:"per_minute,omitempty"`

	// PerTokenPerMinute is, in the same way, the most requests with the same
	// X-Auth-Token that are traced in a minute. Zero means that there is no
	// limit. Up to 10,000 tokens are remembered, as keyed hashes in memory, until
	// a minute after the last request with the token that was traced. Requests
	// with further tokens share one limit with requests that have no token.
	PerTokenPerMinute int `json:"per_token_per_minute,omitempty"`

	// RequestIDs are request ids. A request with one of them in its
	// X-Openstack-Request-Id is always traced, whatever the rules and limits are.
	// Each is req- and a UUID in lower case, as OpenStack's services accept it.
	RequestIDs []string `json:"request_ids,omitempty"`

	// TrustedProxies are the addresses of the fronts whose X-Project-Id and
	// X-User-Id are trusted, because the fronts authenticate the caller and
	// replace the headers that the caller sent. Rules about projects or users
	// need at least one address.
	TrustedProxies []netip.Prefix `json:"trusted_proxies,omitempty"`
}

// Rule sets the share of some requests. A request matches a rule if it matches
// each field of the rule that is not empty. At least one of the fields other than
// Share must not be empty. A pattern is a text in which * matches any text, also
// an empty text and a text with slashes.
type Rule struct {
	// Share is the share of these requests, from 0 to 1, that is traced.
	Share float64 `json:"share,omitempty"`

	// Methods are HTTP methods, in upper case.
	Methods []string `json:"methods,omitempty"`

	// Paths are patterns of the URL's path, such as /v2.1/servers*. The path is
	// compared without its empty segments and dot segments, as servers resolve
	// them: /v2.1//servers and /v2.1/x/../servers are /v2.1/servers. A service
	// may know further spellings, such as /v2.1/servers/ and /v2.1/servers.json,
	// which a pattern with an asterisk at its end covers.
	Paths []string `json:"paths,omitempty"`

	// Headers are patterns by the name of a header. Each of these headers must
	// have a value that matches. The name Host is the host that the request is
	// for. Anybody who knows such a rule can send such a header.
	Headers map[string]string `json:"headers,omitempty"`

	// Projects are ids of projects, as a front in TrustedProxies sends them in
	// X-Project-Id.
	Projects []string `json:"projects,omitempty"`

	// Users are ids of users, as a front in TrustedProxies sends them in
	// X-User-Id.
	Users []string `json:"users,omitempty"`
}

const (
	headerProjectID = "X-Project-Id"
	headerUserID    = "X-User-Id"
	headerToken     = "X-Auth-Token" //nolint:gosec // the name of the header
)

// maxPerMinute is one request in a microsecond.
const maxPerMinute = int(time.Minute / time.Microsecond)

// Validate returns an error that says what is wrong with the policy, or nil.
func (p Policy) Validate() error {
	_, err := p.compile()
	return err
}

// compile validates a policy and brings it into the form that decides on requests.
func (p Policy) compile() (*policy, error) {
	compiled := &policy{
		share:          p.Share,
		perMinute:      p.PerMinute,
		perToken:       p.PerTokenPerMinute,
		requestIDs:     make(map[string]bool, len(p.RequestIDs)),
		trustedProxies: slices.Clone(p.TrustedProxies),
		random:         rand.Float64,
	}
	if err := validShare(p.Share); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	for name, limit := range map[string]int{"per_minute": p.PerMinute, "per_token_per_minute": p.PerTokenPerMinute} {
		if limit < 0 || limit > maxPerMinute {
			return nil, fmt.Errorf("gateway: %s is %d: it must be between 0, which means no limit, and %d", name, limit, maxPerMinute)
		}
	}
	for _, id := range p.RequestIDs {
		if !requestid.IsGlobal(id) {
			return nil, fmt.Errorf("gateway: %q is not a request id that OpenStack's services accept: it must be req- and a UUID in lower case", id)
		}
		compiled.requestIDs[id] = true
	}
	for _, prefix := range p.TrustedProxies {
		if !prefix.IsValid() {
			return nil, fmt.Errorf("gateway: trusted_proxies: %q is not an address range: write it as 192.0.2.0/24", prefix)
		}
		if prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("gateway: trusted_proxies: %q is an IPv4 range written as IPv6: write it as 192.0.2.0/24", prefix)
		}
	}
	for i, r := range p.Rules {
		rule, err := r.compile(len(p.TrustedProxies) > 0)
		if err != nil {
			return nil, fmt.Errorf("gateway: rule %d: %w", i+1, err)
		}
		compiled.rules = append(compiled.rules, rule)
	}
	return compiled, nil
}

func (r Rule) compile(hasTrustedProxies bool) (rule, error) {
	compiled := rule{
		share:    r.Share,
		methods:  slices.Clone(r.Methods),
		projects: slices.Clone(r.Projects),
		users:    slices.Clone(r.Users),
	}
	if err := validShare(r.Share); err != nil {
		return rule{}, err
	}
	if len(r.Methods)+len(r.Paths)+len(r.Headers)+len(r.Projects)+len(r.Users) == 0 {
		return rule{}, errors.New("it has no condition: give it methods, paths, headers, projects or users, or set the policy's own share")
	}
	if len(r.Projects)+len(r.Users) > 0 && !hasTrustedProxies {
		return rule{}, errors.New("the gateway knows projects and users only from X-Project-Id and X-User-Id, which every caller can send: " +
			"name the front that authenticates callers and sets these headers in trusted_proxies")
	}
	for _, method := range r.Methods {
		if !isMethod(method) {
			return rule{}, fmt.Errorf("%q is not a method: write it in upper case, such as POST", method)
		}
	}
	for _, path := range r.Paths {
		if path == "" || path[0] != '/' && path[0] != '*' {
			return rule{}, fmt.Errorf("no path matches the pattern %q: it must begin with a slash or an asterisk", path)
		}
		compiled.paths = append(compiled.paths, newPattern(path))
	}
	for name, value := range r.Headers {
		name = http.CanonicalHeaderKey(name)
		switch name {
		case "":
			return rule{}, errors.New("a header has no name")
		case headerProjectID, headerUserID:
			return rule{}, fmt.Errorf("every caller can send %s: use projects or users, which trust it only from trusted_proxies", name)
		}
		compiled.headers = append(compiled.headers, headerPattern{name, newPattern(value)})
	}
	return compiled, nil
}

func validShare(share float64) error {
	if !(share >= 0 && share <= 1) { // NaN is neither
		return fmt.Errorf("share is %v: it must be between 0 and 1, such as 0.01 for one request in a hundred", share)
	}
	return nil
}

func isMethod(method string) bool {
	for _, c := range []byte(method) {
		if (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return method != ""
}

// policy is a valid Policy in the form that decides on requests.
type policy struct {
	share               float64
	rules               []rule
	perMinute, perToken int
	requestIDs          map[string]bool
	trustedProxies      []netip.Prefix
	random              func() float64 // from 0 to 1, without 1
}

type rule struct {
	share           float64
	methods         []string
	paths           []pattern
	headers         []headerPattern
	projects, users []string
}

type headerPattern struct {
	name    string
	pattern pattern
}

// choose decides on an unsigned request within the budget.
func (p *policy) choose(r *http.Request, b *budget) Decision {
	if len(p.requestIDs) > 0 {
		if ids := r.Header[httpheader.RequestID]; len(ids) == 1 && p.requestIDs[ids[0]] {
			return DecisionRequestID
		}
	}
	share, decision := p.share, DecisionShare
	for i := range p.rules {
		if p.rules[i].matches(r, p.trustedProxies) {
			share, decision = p.rules[i].share, DecisionRule
			break
		}
	}
	if share <= 0 || share < 1 && p.random() >= share {
		return DecisionNone
	}
	switch b.take(first(r.Header[headerToken]), p.perMinute, p.perToken) {
	case overLimit:
		return DecisionLimit
	case overTokenLimit:
		return DecisionTokenLimit
	case withinLimits:
	}
	return decision
}

func (r *rule) matches(request *http.Request, trustedProxies []netip.Prefix) bool {
	if len(r.methods) > 0 && !slices.Contains(r.methods, request.Method) {
		return false
	}
	if len(r.paths) > 0 && (request.URL == nil || !anyMatches(r.paths, cleanPath(request.URL.Path))) {
		return false
	}
	for i := range r.headers {
		if !r.headers[i].matches(request) {
			return false
		}
	}
	if len(r.projects) == 0 && len(r.users) == 0 {
		return true
	}
	return isTrusted(request.RemoteAddr, trustedProxies) &&
		names(request.Header[headerProjectID], r.projects) && names(request.Header[headerUserID], r.users)
}

func (h *headerPattern) matches(r *http.Request) bool {
	if h.name == "Host" { // net/http keeps Host apart from the other headers
		return h.pattern.matches(r.Host)
	}
	return slices.ContainsFunc(r.Header[h.name], h.pattern.matches)
}

// names reports whether a header has one of the ids. It reports true if there are
// no ids.
func names(values, ids []string) bool {
	return len(ids) == 0 || len(values) == 1 && slices.Contains(ids, values[0])
}

// isTrusted reports whether address, which is the RemoteAddr of a Request, is in
// one of the ranges.
func isTrusted(address string, ranges []netip.Prefix) bool {
	peer, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	ip := peer.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return r.Contains(ip) })
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
