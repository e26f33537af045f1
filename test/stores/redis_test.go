// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// startRedis starts a Redis with additional options, and returns its address.
func startRedis(t testing.TB, options ...string) (address string) {
	t.Helper()
	port := freePorts(t, 1)[0]
	startRedisAt(t, port, options...)
	return "127.0.0.1:" + port
}

func startRedisAt(t testing.TB, port string, options ...string) (stop func()) {
	t.Helper()
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", folder(t), "--save", "", "--appendonly", "no"}, options...)
	return serve(t, "127.0.0.1:"+port, exec.Command("redis-server", args...), syscall.SIGTERM)
}

func redisServer(*testing.T) server {
	return server{large: 200 << 20, fresh: func(t testing.TB) string {
		t.Helper()
		return "redis://:" + escaped + "@" + startRedis(t, "--requirepass", password) + "/3"
	}}
}

// redisClient returns a client for operations that OSProfiler's drivers never
// make.
func redisClient(t testing.TB, address string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: address, Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { client.Close() })
	return client
}

// errorsOf reads a trace, and returns the errors about unreadable
// notifications.
func errorsOf(t *testing.T, s points.Store, baseID string) (read int, errs []error) {
	t.Helper()
	for _, err := range s.Notifications(t.Context(), baseID) {
		if err == nil {
			read++
		} else {
			errs = append(errs, err)
		}
	}
	return read, errs
}

// storeLegacy stores notifications as OSProfiler did before version 2.8.
func storeLegacy(t *testing.T, client *redis.Client, notifications ...points.Notification) {
	t.Helper()
	for _, n := range notifications {
		key := fmt.Sprintf("osprofiler:%s_%s_%s", n.BaseID, n.TraceID, n.Timestamp.Format(points.TimestampFormat))
		if err := client.Set(t.Context(), key, []byte(n.Payload), 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRedisLegacyLayout(t *testing.T) {
	t.Parallel()
	address := startRedis(t)
	connection := "redis://" + address
	client, d, s := redisClient(t, address), newDriver(t, connection, nil), open(t, connection)

	const onlyLegacy, both, longer, glob = "legacy", "both", "legacy-longer", "*?[a-z]\\"
	for i := range 200 {
		storeLegacy(t, client, point(t, onlyLegacy, i, "")...)
	}
	storeLegacy(t, client, point(t, both, 1, "")...)
	storeLegacy(t, client, point(t, longer, 1, "")...)
	storeLegacy(t, client, point(t, glob, 1, "")...)
	write(t, s, point(t, both, 2, "")...)

	// OSProfiler mixes traces whose ids have the same beginning.
	theirs := d.read(t, onlyLegacy)
	got := readAll(t, s, onlyLegacy)
	if len(got) != 400 || len(theirs) != 402 {
		t.Errorf("%d notifications, want 400; OSProfiler reads %d, want 402", len(got), len(theirs))
	}
	if got := readAll(t, s, glob); len(got) != 2 || got[0].BaseID != glob {
		t.Errorf("%d notifications of a trace with a pattern for its name, want 2", len(got))
	}
	if got := readAll(t, s, "l"); len(got) != 0 {
		t.Errorf("%d notifications of a trace that is not there", len(got))
	}
	mixed := readAll(t, s, both)
	names := make([]string, len(mixed))
	for i, n := range mixed {
		names[i] = n.TraceID[len(n.TraceID)-1:] + n.Name
	}
	slices.Sort(names[:2]) // their order is not defined
	if want := []string{"1http-start", "1http-stop", "2http-stop", "2http-start"}; !slices.Equal(names, want) {
		t.Errorf("the trace in both layouts is read as %q, want %q", names, want)
	}

	traces := listAll(t, s, points.AllTraces)
	for id, notifications := range map[string]int{onlyLegacy: 400, both: 2, longer: 2, glob: 2} {
		if got := traces[id]; got.Notifications != notifications || got.Timestamp.Before(began) || got.Timestamp.After(began.Add(2e6)) {
			t.Errorf("%s: %+v, want %d notifications from %v", id, got, notifications, began)
		}
	}
	if len(traces) != 4 {
		t.Errorf("listed %q", sortedKeys(traces))
	}
}

func TestRedisUnreadable(t *testing.T) {
	t.Parallel()
	address := startRedis(t)
	connection := "redis://" + address
	client, s := redisClient(t, address), open(t, connection)
	ctx := t.Context()

	write(t, s, point(t, baseID, 1, "")...)
	garbage := []any{"", "{", "[]", "null", "\xff", `{"name": "x-start"}`, `{"name": "db-start", "trace_id": "1", "timestamp": "today"}`, strings.Repeat("[", 100_000)}
	client.LPush(ctx, "osprofiler_opt:"+baseID, garbage...)
	client.RPush(ctx, "osprofiler_opt:"+otherID, "garbage")
	client.Set(ctx, "osprofiler:"+baseID+"_1_2", "garbage", 0)
	client.Set(ctx, "osprofiler:"+baseID+"0_1_2", "another's", 0)
	client.LPush(ctx, "osprofiler:"+baseID+"_list", "x")
	client.Set(ctx, "osprofiler_opt:string", "x", 0)
	client.Set(ctx, "osprofiler_error:"+baseID, `{"base_id": "`+baseID+`", "timestamp": "2026-01-31T23:59:59.5"}`, 0)
	client.Set(ctx, "osprofiler_error:garbage", "x", 0)
	client.LPush(ctx, "osprofiler_error:list", "x")

	read, errs := errorsOf(t, s, baseID)
	if read != 2 || len(errs) != len(garbage)+2 {
		t.Errorf("%d notifications and %d errors, want 2 and %d: %v", read, len(errs), len(garbage)+2, errs)
	}
	for _, err := range errs {
		if !errors.Is(err, points.ErrUnreadable) {
			t.Errorf("%v is not %v", err, points.ErrUnreadable)
		}
	}
	read, errs = errorsOf(t, s, "string")
	if read != 0 || len(errs) != 1 || errors.Is(errs[0], points.ErrUnreadable) || !strings.Contains(errs[0].Error(), `"osprofiler_opt:string" is not a list`) {
		t.Errorf("a string in place of the list: %d notifications, %v", read, errs)
	}

	for _, c := range []struct {
		filter   points.ListFilter
		readable string
		errors   int
	}{
		// In the old layout the unreadable keys are a string, another trace's
		// string and a list. In the present layout they are the garbage in a
		// list, the string, and the garbage behind which the readable trace's
		// first notification is.
		{points.AllTraces, baseID, 5},
		{points.ErrorTraces, baseID, 2},
	} {
		var failed int
		var readable []string
		for summary, err := range s.List(ctx, c.filter) {
			switch {
			case err == nil:
				readable = append(readable, summary.BaseID)
			case errors.Is(err, points.ErrUnreadable):
				failed++
			default:
				t.Fatal(err)
			}
		}
		if !slices.Equal(readable, []string{c.readable}) || failed != c.errors {
			t.Errorf("list %d: %q and %d errors, want %q and %d", c.filter, readable, failed, c.readable, c.errors)
		}
	}
}

// TestRedisGrowingList reads a list while services still write to it.
func TestRedisGrowingList(t *testing.T) {
	t.Parallel()
	connection := "redis://" + startRedis(t)
	s := open(t, connection)
	const before = 5000
	for i := range before / 2 {
		write(t, s, point(t, baseID, i, "")...)
	}
	var got []string
	for n, err := range s.Notifications(t.Context(), baseID) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n.TraceID+n.Name)
		if len(got)%50 == 1 {
			write(t, s, point(t, baseID, before+len(got), "")...)
		}
	}
	if len(got) != before {
		t.Fatalf("%d notifications, want the %d that were there", len(got), before)
	}
	for i, text := range got {
		want := point(t, baseID, (before-1-i)/2, "")[(before-1-i)%2]
		if text != want.TraceID+want.Name {
			t.Fatalf("notification %d is %s, want %s", i, text, want.TraceID+want.Name)
		}
	}
	if got := len(readAll(t, s, baseID)); got != before+before/50*2 {
		t.Errorf("%d notifications at last, want %d", got, before+before/50*2)
	}
}

// TestRedisShrinkingList reads a list that is deleted at the same time.
func TestRedisShrinkingList(t *testing.T) {
	t.Parallel()
	address := startRedis(t)
	client, s := redisClient(t, address), open(t, "redis://"+address)
	for i := range 500 {
		write(t, s, point(t, baseID, i, "")...)
	}
	var last error
	for _, err := range s.Notifications(t.Context(), baseID) {
		last = err
		client.Del(t.Context(), "osprofiler_opt:"+baseID)
	}
	if last == nil || !strings.Contains(last.Error(), "shortened") {
		t.Errorf("the last error is %v", last)
	}
}

// TestRedisManyTraces lists more traces than Redis names at once.
func TestRedisManyTraces(t *testing.T) {
	t.Parallel()
	s := open(t, "redis://"+startRedis(t))
	const traces = 5000
	for i := range traces {
		write(t, s, point(t, fmt.Sprintf("trace-%d", i), i, "")...)
	}
	if got := len(listAll(t, s, points.AllTraces)); got != traces {
		t.Errorf("%d traces, want %d", got, traces)
	}
}

func TestRedisNames(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	address := startRedis(t, "--requirepass", "default-secret", "--unixsocket", dir+"/socket",
		"--user", "reader", "on", ">"+password, "~osprofiler*", "+@all")
	_, port, _ := strings.Cut(address, ":")
	write(t, open(t, "redis://:default-secret@"+address+"/1"), point(t, baseID, 1, "")...)
	for _, connection := range []string{
		"redis://reader:" + escaped + "@" + address + "/1",
		"redis://:default-secret@localhost:" + port + "?db=1",
		"unix://:default-secret@" + dir + "/socket?db=1",
		"redis://:default-secret@" + address + "/1?socket_keepalive=true&socket_connect_timeout=2.5",
	} {
		if got := len(readAll(t, open(t, connection), baseID)); got != 2 {
			t.Errorf("%s: %d notifications, want 2", connection, got)
		}
	}
	if got := len(readAll(t, open(t, "redis://:default-secret@"+address), baseID)); got != 0 {
		t.Errorf("another database has %d notifications", got)
	}
	for connection, want := range map[string]string{
		"redis://" + address:                                                   "NOAUTH",
		"redis://:default-secret@" + address + "/99":                           "DB index is out of range",
		"rediss://:" + escaped + "@" + address + "?socket_connect_timeout=0.5": "no connection to " + address + " in 500ms",
		"unix://:" + escaped + "@/nonexistent/socket":                          "no such file",
		"redis://:" + escaped + "@nonexistent.invalid":                         "nonexistent.invalid",
		"redis://nobody:" + escaped + "@" + address:                            "WRONGPASS",
		"redissentinel://:" + escaped + "@" + address:                          "the Sentinel at " + address,
		"redissentinel://:" + escaped + "@" + address + ",[::1]":               "the Sentinel at [::1]:26379",
	} {
		err := failure(t, open(t, connection), t.Context())
		t.Log(err)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// TestRedisNotARedis connects to a server of another kind.
func TestRedisNotARedis(t *testing.T) {
	t.Parallel()
	address := httpServer(t)
	err := failure(t, open(t, "redis://:"+escaped+"@"+address), t.Context())
	t.Log(err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := failure(t, open(t, "redis://"+address), ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// TestRedisPayload checks that a payload is stored unchanged.
func TestRedisPayload(t *testing.T) {
	t.Parallel()
	address := startRedis(t)
	n := point(t, baseID, 1, "")[0]
	write(t, open(t, "redis://"+address), n)
	stored, err := redisClient(t, address).LIndex(t.Context(), "osprofiler_opt:"+baseID, 0).Result()
	if err != nil || stored != string(n.Payload) || !json.Valid([]byte(stored)) {
		t.Errorf("stored %s, want %s (%v)", stored, n.Payload, err)
	}
}
