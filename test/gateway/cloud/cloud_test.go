// SPDX-License-Identifier: Apache-2.0

// Package cloud_test tests the gateway in front of a real OpenStack.
package cloud_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store"
	"github.com/ostrace/ostrace/test/gateway/caddyproc"
)

const (
	gatewayAddress = "127.0.0.2" // another address than the services', so that the ports can be the same
	redisURL       = "redis://127.0.0.1:6379"

	users          = 4
	listsEach      = 250
	serversEach    = 5
	share          = 0.1
	flavor         = "42"
	microversion   = "2.37" // the first one that has networks: none
	waitForServers = 4 * time.Minute
)

// services are the services' ports, as in the Caddyfile.
var services = map[string]string{
	"keystone": "5000", "nova": "8774", "placement": "8778", "glance": "9292", "neutron": "9696", "cinder": "8776",
}

// lists are the paths that each user requests in turn. PROJECT is replaced by the
// user's project.
var lists = []struct{ service, path string }{
	{"nova", "/v2.1/servers/detail"},
	{"neutron", "/v2.0/networks"},
	{"glance", "/v2/images"},
	{"cinder", "/v3/PROJECT/volumes"},
	{"nova", "/v2.1/flavors"},
	{"keystone", "/v3/auth/projects"},
	{"placement", "/"},
}

// Four users request lists and create servers at the same time, through Caddy with
// the gateway and its Caddyfile. A tenth of the lists and each creation is chosen.
// The store has the whole trace of each chosen request, and no other trace.
func TestCloud(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "hmac_keys")
	if err := os.WriteFile(keys, []byte("SECRET_KEY\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	caddyfile, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	caddy, err := caddyproc.Start(string(caddyfile), []string{
		"OSTRACE_HMAC_KEYS_FILE=" + keys, "GATEWAY_ADDRESS=" + gatewayAddress, "OTEL_TRACES_EXPORTER=none",
	}, net.JoinHostPort(gatewayAddress, services["cinder"]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		caddy.Stop()
		if t.Failed() {
			t.Logf("Caddy:\n%.20000s", caddy.Log())
		}
	})
	through := &http.Client{Timeout: time.Minute, Transport: throughGateway(t, caddy)}
	before := stored(t)

	var (
		mu      sync.Mutex
		traces  = map[string]trace{} // by base_id
		servers []created
		group   sync.WaitGroup
	)
	for i := range users {
		group.Go(func() {
			u, answer, err := logIn(t.Context(), through, []string{"openrc", "demo-openrc"}[i%2])
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			note(t, traces, answer, "keystone")
			mu.Unlock()
			for n := range listsEach {
				list := lists[n%len(lists)]
				answer, err := u.do(t.Context(), http.MethodGet, list.service, strings.Replace(list.path, "PROJECT", u.project, 1), nil)
				if err != nil {
					t.Errorf("user %d: %v", i, err)
					return
				}
				mu.Lock()
				note(t, traces, answer, list.service)
				mu.Unlock()
				if n%(listsEach/serversEach) != 0 {
					continue
				}
				server, answer, err := u.create(t.Context(), fmt.Sprintf("gateway-%d-%d", i, n))
				if err != nil {
					t.Errorf("user %d: %v", i, err)
					return
				}
				mu.Lock()
				if note(t, traces, answer, "nova create"); answer.traceresponse == "" {
					t.Error("the creation of a server was not chosen")
				}
				servers = append(servers, created{u, server})
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Cleanup(func() { remove(t, servers) })
	if t.Failed() {
		return
	}
	for _, s := range servers {
		s.becomesActive(t)
	}

	const drawn = users * (1 + listsEach) // the 1 is the log-in
	chosen, expected := len(traces)-users*serversEach, share*drawn
	if math.Abs(float64(chosen)-expected) > 6*math.Sqrt(expected*(1-share)) {
		t.Errorf("%d of %d requests were chosen", chosen, drawn)
	}
	report := t.Errorf
	if backend := parameter(t, "CONCURRENCY_BACKEND"); backend == "threading" {
		report = t.Logf // OSProfiler does not work with Nova's native threads
	}
	var all map[string]*points.Trace
	eventually(func() error {
		all = map[string]*points.Trace{}
		var problems []error
		for baseID, of := range traces {
			stored, err := fetch(t.Context(), baseID)
			if err == nil {
				err = whole(stored, of)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("trace %s of %s: %w", baseID, of.of, err))
			}
			all[baseID] = stored
		}
		return errors.Join(problems...)
	}, report)
	strangers := 0
	for baseID := range stored(t) {
		if _, ours := traces[baseID]; !ours && !before[baseID] {
			strangers++
			report("the store has the trace %s, which is of no request that was chosen", baseID)
		}
	}
	n := 0
	for _, one := range all {
		if one != nil {
			n += one.Len()
		}
	}
	t.Logf("%d of %d requests and %d creations of servers were chosen: %d traces of %d points; %d other traces in the store",
		chosen, drawn, len(servers), len(all), n, strangers)
}

// trace is the trace of a chosen request, as the answer named it.
type trace struct {
	of     string // a service, and the request to it
	parent string // the parent_id that names the gateway's span
}

// note notes the trace of an answer.
func note(t *testing.T, traces map[string]trace, a answer, of string) {
	t.Helper()
	if a.traceresponse == "" {
		return
	}
	parts := strings.Split(a.traceresponse, "-")
	if len(parts) != 4 || len(parts[1]) != 32 || len(parts[2]) != 16 {
		t.Errorf("Traceresponse: %s", a.traceresponse)
		return
	}
	uuid := func(digits string) string {
		return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
	}
	traces[uuid(parts[1])] = trace{of: of, parent: uuid(parts[1][:16] + parts[2])}
}

// whole returns an error that says which part of a stored trace is missing.
func whole(stored *points.Trace, of trace) error {
	ids := map[string]bool{of.parent: true}
	done := map[string]bool{}
	for p := range stored.All() {
		ids[p.TraceID] = true
	}
	roots := 0
	for p := range stored.All() {
		if p.Start == nil || p.Stop == nil {
			return fmt.Errorf("the point %s of %s has no start or no stop", p.TraceID, p.Service)
		}
		if !ids[p.ParentID] {
			return fmt.Errorf("the point %s of %s lacks its parent %s", p.TraceID, p.Service, p.ParentID)
		}
		if p.ParentID == of.parent {
			roots++
		}
		done[p.Service] = true
	}
	if roots != 1 {
		return fmt.Errorf("%d points hang under the gateway's span", roots)
	}
	if findings := stored.Findings(); len(findings.Strangers)+len(findings.Unanswered) > 0 {
		return fmt.Errorf("%s", strings.Join(findings.Notes(), "; "))
	}
	if of.of == "nova create" && (!done["nova-conductor"] || !done["nova-scheduler"] || !done["nova-compute"]) {
		return fmt.Errorf("not all of Nova is in it: %v", slices.Sorted(maps.Keys(done)))
	}
	return nil
}

func fetch(ctx context.Context, baseID string) (*points.Trace, error) {
	s, err := store.Open(redisURL)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return points.Fetch(ctx, s, baseID)
}

// stored returns the traces in the store.
func stored(t *testing.T) map[string]bool {
	t.Helper()
	s, err := store.Open(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids := map[string]bool{}
	for summary, err := range s.List(t.Context(), points.AllTraces) {
		if err != nil {
			t.Fatal(err)
		}
		ids[summary.BaseID] = true
	}
	return ids
}

// throughGateway returns a transport that connects to Caddy for every host name,
// and trusts its certificates.
func throughGateway(t *testing.T, caddy *caddyproc.Caddy) *http.Transport {
	t.Helper()
	root, err := caddy.RootCertificate()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(root) {
		t.Fatalf("no certificate in %s", root)
	}
	for name, port := range services { // Caddy makes the certificates after it has begun to listen
		address := net.JoinHostPort(gatewayAddress, port)
		eventually(func() error {
			conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: name + ".cloud.test"})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return conn.Close()
		}, t.Fatalf)
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(gatewayAddress, port))
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// user is a user who has logged in.
type user struct {
	client         *http.Client
	token, project string
}

type answer struct {
	traceresponse string
	header        http.Header
	body          []byte
}

// do sends a request to a service through the gateway.
func (u *user) do(ctx context.Context, method, service, path string, body any) (answer, error) {
	return u.send(ctx, u.client, method, "https://"+service+".cloud.test:"+services[service]+path, body)
}

// direct sends a request to a service without the gateway.
func (u *user) direct(ctx context.Context, method, service, path string) (answer, error) {
	return u.send(ctx, http.DefaultClient, method, "http://127.0.0.1:"+services[service]+path, nil)
}

func (u *user) send(ctx context.Context, client *http.Client, method, url string, body any) (a answer, err error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return a, err
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-OpenStack-Nova-API-Version", microversion)
	if u.token != "" {
		r.Header.Set("X-Auth-Token", u.token)
	}
	resp, err := client.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.header, a.traceresponse = resp.Header, resp.Header.Get("Traceresponse")
	if a.body, err = io.ReadAll(resp.Body); err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, a.body)
	}
	return a, err
}

// logIn logs in the user of an openrc file, and returns the user and Keystone's
// answer.
func logIn(ctx context.Context, client *http.Client, openrc string) (*user, answer, error) {
	text, err := os.ReadFile(filepath.Join(stateFolder(), openrc))
	if err != nil {
		return nil, answer{}, err
	}
	is := func(name string) string {
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), "export "+name+"="); ok {
				return value
			}
		}
		return ""
	}
	u := &user{client: client}
	a, err := u.do(ctx, http.MethodPost, "keystone", "/v3/auth/tokens", map[string]any{"auth": map[string]any{
		"identity": map[string]any{"methods": []string{"password"}, "password": map[string]any{"user": map[string]any{
			"name": is("OS_USERNAME"), "password": is("OS_PASSWORD"), "domain": map[string]any{"name": is("OS_USER_DOMAIN_NAME")},
		}}},
		"scope": map[string]any{"project": map[string]any{"name": is("OS_PROJECT_NAME"), "domain": map[string]any{"name": is("OS_PROJECT_DOMAIN_NAME")}}},
	}})
	if err != nil {
		return nil, a, err
	}
	var token struct {
		Token struct{ Project struct{ ID string } }
	}
	u.token = a.header.Get("X-Subject-Token")
	err = json.Unmarshal(a.body, &token)
	u.project = token.Token.Project.ID
	return u, a, err
}

// created is a server.
type created struct {
	*user
	id string
}

func (u *user) create(ctx context.Context, name string) (id string, a answer, err error) {
	images, err := u.direct(ctx, http.MethodGet, "glance", "/v2/images?name=tiny")
	if err != nil {
		return "", a, err
	}
	var found struct{ Images []struct{ ID string } }
	if err := json.Unmarshal(images.body, &found); err != nil || len(found.Images) != 1 {
		return "", a, fmt.Errorf("the image tiny: %s: %w", images.body, cmp.Or(err, errors.New("not one")))
	}
	a, err = u.do(ctx, http.MethodPost, "nova", "/v2.1/servers", map[string]any{"server": map[string]any{
		"name": name, "imageRef": found.Images[0].ID, "flavorRef": flavor, "networks": "none",
	}})
	if err != nil {
		return "", a, err
	}
	var server struct{ Server struct{ ID string } }
	err = json.Unmarshal(a.body, &server)
	return server.Server.ID, a, err
}

func (s created) becomesActive(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitForServers)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		a, err := s.direct(ctx, http.MethodGet, "nova", "/v2.1/servers/"+s.id)
		if err != nil {
			t.Fatal(err)
		}
		var server struct{ Server struct{ Status string } }
		if err := json.Unmarshal(a.body, &server); err != nil || server.Server.Status == "ERROR" {
			t.Fatalf("%v: %s", err, a.body)
		}
		if server.Server.Status == "ACTIVE" {
			return
		}
		<-tick.C
	}
}

// remove removes the servers, and waits until they are gone, because the next test
// may need the room.
func remove(t *testing.T, servers []created) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitForServers)
	defer cancel()
	for _, s := range servers {
		if _, err := s.direct(ctx, http.MethodDelete, "nova", "/v2.1/servers/"+s.id); err != nil {
			t.Error(err)
		}
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for _, s := range servers {
		for {
			if _, err := s.direct(ctx, http.MethodGet, "nova", "/v2.1/servers/"+s.id); err != nil {
				break // the server is not found, or the time is over
			}
			<-tick.C
		}
	}
}

func stateFolder() string {
	return cmp.Or(os.Getenv("OSTRACE_OPENSTACK_STATE"), "/var/lib/ostrace-openstack")
}

// parameter returns a parameter with which the cloud was started.
func parameter(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(stateFolder(), "current/etc/parameters"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			return value
		}
	}
	return ""
}

// eventually repeats check until it returns nil. After a minute it reports the
// error of check. The services write their points some time after they have
// answered.
func eventually(check func() error, report func(string, ...any)) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			report("%v", err)
			return
		case <-tick.C:
		}
	}
}
