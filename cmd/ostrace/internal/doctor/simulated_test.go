// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
	"github.com/ostrace/ostrace/store/redis"
)

// simulation is a simulated cloud whose services store their points in a Redis, as
// OSProfiler does.
type simulation struct {
	*simcloud.Cloud
	redis *miniredis.Miniredis
	store points.Store

	mu sync.Mutex
	// lost reports whether a point does not reach the store.
	lost func(project, service, point string) bool
	// shift is by how much a project's clock is ahead.
	shift map[string]time.Duration
	// memory is the answer to INFO memory.
	memory string
}

const limitedMemory = "used_memory:1000000\r\nmaxmemory:1000000000\r\nmaxmemory_policy:allkeys-lru\r\n"

func simulate(t *testing.T) *simulation {
	t.Helper()
	s := &simulation{redis: miniredis.RunT(t), shift: map[string]time.Duration{}, memory: limitedMemory}
	s.lost = func(string, string, string) bool { return false }
	s.redis.Server().SetPreHook(func(c *server.Peer, command string, _ ...string) bool {
		if !strings.EqualFold(command, "INFO") {
			return false
		}
		c.WriteBulk(s.memory)
		return true
	})
	opened, err := redis.Open("redis://" + s.redis.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	s.store = opened
	s.Cloud, err = simcloud.Start(simcloud.WithHMACKeys(newKey(t, "SECRET_KEY", hmac.SHA1)), simcloud.WithSpanProcessor(s), simcloud.WithTimeScale(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newKey(t *testing.T, secret string, digests ...hmac.Digest) hmac.Key {
	t.Helper()
	key, err := hmac.NewKey(secret, digests...)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// cloud authenticates with a new token.
func (s *simulation) cloud(t *testing.T) *Cloud {
	t.Helper()
	auth := s.AuthOptions()
	auth.AllowReauth = false
	provider, err := openstack.AuthenticatedClient(t.Context(), auth)
	if err != nil {
		t.Fatal(err)
	}
	return &Cloud{Provider: provider, Key: newKey(t, "SECRET_KEY"), Endpoint: gophercloud.EndpointOpts{Region: "RegionOne"}}
}

// OnStart implements [sdktrace.SpanProcessor].
func (s *simulation) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd stores a span in the form of OSProfiler's driver for Redis.
func (s *simulation) OnEnd(span sdktrace.ReadOnlySpan) {
	name := ""
	for _, kv := range span.Resource().Attributes() {
		if kv.Key == "service.name" {
			name = kv.Value.AsString()
		}
	}
	project, service, _ := strings.Cut(name, "-")
	attributes := map[string]string{}
	for _, kv := range span.Attributes() {
		attributes[string(kv.Key)] = kv.Value.String()
	}
	point, info := span.Name(), map[string]any{"host": "ctl"}
	switch {
	case attributes["http.method"] != "":
		point = "wsgi"
		info["request"] = map[string]string{"method": attributes["http.method"], "path": attributes["http.path"], "query": attributes["http.query"], "scheme": "http"}
	case attributes["db.statement"] != "":
		point = "db"
		if project == "neutron" {
			point = "neutron.db"
		}
		info["db"] = map[string]string{"statement": attributes["db.statement"]}
	default:
		info["function"] = map[string]string{"name": attributes["name"], "kwargs": attributes["kwargs"]}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost(project, service, point) {
		return
	}
	id := span.SpanContext()
	parent := propagation.BaseID(id.TraceID())
	if span.Parent().SpanID().IsValid() {
		parent = propagation.ParentID(id.TraceID(), span.Parent().SpanID())
	}
	for _, half := range []struct {
		name string
		at   time.Time
	}{{"start", span.StartTime()}, {"stop", span.EndTime()}} {
		if half.name == "stop" && len(span.Events()) > 0 {
			info["etype"], info["message"] = "NoValidHost", "No valid host was found."
		}
		text, _ := json.Marshal(map[string]any{
			"name": point + "-" + half.name, "base_id": propagation.BaseID(id.TraceID()), "parent_id": parent,
			"trace_id":  propagation.ParentID(id.TraceID(), id.SpanID()),
			"timestamp": half.at.Add(s.shift[project]).UTC().Format(points.TimestampFormat),
			"info":      info, "project": project, "service": service,
		})
		_, _ = s.redis.Lpush("osprofiler_opt:"+propagation.BaseID(id.TraceID()), string(text))
	}
}

// recordUnsigned makes a service store a point for each unsigned request from
// outside, in the trace that base names.
func (s *simulation) recordUnsigned(service, project string, base func(*http.Request) string) {
	s.Intercept(func(of string, _ http.ResponseWriter, r *http.Request) bool {
		if of == service && r.Header.Get(hmac.HeaderHMAC) == "" {
			id := base(r)
			for _, n := range took(id, two, one, "wsgi", project, "api", time.Minute, map[string]any{"request": map[string]string{"query": r.URL.RawQuery}}) {
				_, _ = s.redis.Lpush("osprofiler_opt:"+id, string(n.Payload))
			}
		}
		return false
	})
}

// ForceFlush implements [sdktrace.SpanProcessor].
func (s *simulation) ForceFlush(context.Context) error { return nil }

// Shutdown implements [sdktrace.SpanProcessor].
func (s *simulation) Shutdown(context.Context) error { return nil }
