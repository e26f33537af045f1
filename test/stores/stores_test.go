// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

const (
	baseID  = "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11"
	otherID = "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e12"

	// served is the operation of a trace that driver.profile has begun.
	served = "POST /v2.1/servers/Zürich-東京-🚀"

	// password has characters that are special in a connection string.
	password = "p@ss/w:rd?#%41&x"
)

var escaped = url.QueryEscape(password)

// conf makes OSProfiler's drivers mark traces that failed.
var conf = map[string]any{"filter_error_trace": true}

var service = map[string]any{"project": "nova", "service": "osapi_compute", "host": "ctl-1"}

// server is a running server of any kind.
type server struct {
	// fresh returns a connection string for an empty store.
	fresh func(t testing.TB) string
	// markless says that OSProfiler's driver does not mark failed traces.
	markless bool
	// large is the size in bytes of a trace that is large for it.
	large int
}

// servers start the kinds of servers that Go also writes.
var servers = map[string]func(t *testing.T) server{
	"Redis":      redisServer,
	"MariaDB":    func(t *testing.T) server { return mariadbServer(t).server },
	"PostgreSQL": func(t *testing.T) server { return postgresServer(t).server },
}

// TestStores has the tests for every kind of store that Go also writes.
func TestStores(t *testing.T) {
	t.Parallel()
	checks := []struct {
		name  string
		check func(t *testing.T, s server)
	}{
		{"reads what OSProfiler stored", readsWhatOSProfilerStored},
		{"reads what has no service", readsNulls},
		{"lists", lists},
		{"writes what OSProfiler reads", writesWhatOSProfilerReads},
		{"one of many writers", manyWriters},
		{"nothing there", nothingThere},
		{"an early end", earlyEnd},
		{"wrong password", wrongPassword},
		{"no server", noServer},
		{"a server that never answers", silentServer},
		{"as it grows", follows},
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			for _, c := range checks {
				t.Run(c.name, func(t *testing.T) { c.check(t, s) })
			}
		})
	}
}

func readsWhatOSProfilerStored(t *testing.T, s server) {
	connection := s.fresh(t)
	d := newDriver(t, connection, conf)
	d.profile(t, baseID, 3, service)
	d.profile(t, otherID, 1, service)
	got := open(t, connection)
	for id, requests := range map[string]int{baseID: 3, otherID: 1} {
		if notifications := sameAsOSProfiler(t, got, d, id); len(notifications) != requests*13 {
			t.Errorf("%d notifications of %d requests", len(notifications), requests)
		}
	}
}

func readsNulls(t *testing.T, s server) {
	connection := s.fresh(t)
	d := newDriver(t, connection, conf)
	d.profile(t, baseID, 1, nil)
	for _, n := range sameAsOSProfiler(t, open(t, connection), d, baseID) {
		if n.Project != "" || n.Service != "" {
			t.Errorf("%+v", n)
		}
	}
}

func lists(t *testing.T, s server) {
	connection := s.fresh(t)
	d := newDriver(t, connection, conf)
	d.profile(t, baseID, 2, service) // one point fails
	st := open(t, connection)
	for i := range 2 {
		for _, n := range point(t, otherID, i+1, "") {
			d.notify(t, []json.RawMessage{n.Payload}, service)
		}
	}

	traces := sameList(t, st, d, baseID, otherID)
	if want := (points.TraceSummary{BaseID: otherID, Timestamp: began.Add(1e6), Newest: began.Add(2e6 + 1e3), Operation: "GET /東京/🚀/\u0000/<&>\\", Notifications: 4}); traces[otherID] != want {
		t.Errorf("%+v, want %+v", traces[otherID], want)
	}
	first := d.read(t, baseID)
	slices.SortFunc(first, func(a, b row) int { return strings.Compare(a.Timestamp, b.Timestamp) })
	if got := traces[baseID]; got.Notifications != 26 || got.Timestamp.Format(points.TimestampFormat) != first[0].Timestamp ||
		got.Newest.Format(points.TimestampFormat) != first[25].Timestamp || got.Operation != served {
		t.Errorf("%+v, want 26 notifications from %s to %s", got, first[0].Timestamp, first[25].Timestamp)
	}

	failed := listAll(t, st, points.ErrorTraces)
	if len(failed) != 1 || failed[baseID].Timestamp.Before(traces[baseID].Timestamp) {
		t.Errorf("failed traces %+v", failed)
	}
	if s.markless {
		return
	}
	if theirs := d.listFailed(t); len(theirs) != 1 || theirs[0].BaseID != baseID ||
		theirs[0].Timestamp != failed[baseID].Timestamp.Format(points.TimestampFormat) {
		t.Errorf("failed traces %+v, OSProfiler lists %+v", failed, theirs)
	}
}

func writesWhatOSProfilerReads(t *testing.T, s server) {
	connection := s.fresh(t)
	st, d := open(t, connection), newDriver(t, connection, conf)
	want := append(point(t, baseID, 1, ""), point(t, baseID, 2, "ValueError")...)
	write(t, st)
	write(t, st, want[:1]...)
	write(t, st, append(want[1:len(want):len(want)], point(t, otherID, 3, "")...)...)

	sameAsOSProfiler(t, st, d, baseID)
	byName := make(map[string]row)
	for _, r := range d.read(t, baseID) {
		byName[r.TraceID+r.Name] = r
	}
	for _, n := range want {
		got, want := byName[n.TraceID+n.Name], rowOf(n)
		if !sameJSON(t, infoOf(t, got.Payload), infoOf(t, want.Payload)) {
			t.Errorf("OSProfiler reads %s, want %s", got.Payload, want.Payload)
		}
		got.Payload, want.Payload = nil, nil
		if got.TraceID != want.TraceID || got.Project != want.Project || got.Timestamp != want.Timestamp || got.Host != want.Host || got.Service != want.Service || got.ParentID != want.ParentID {
			t.Errorf("OSProfiler reads %+v, want %+v", got, want)
		}
	}
	if children := d.report(t, baseID)["children"].([]any); len(children) != 2 {
		t.Errorf("OSProfiler's report has %d points, want 2: %v", len(children), children)
	}
	sameList(t, st, d, baseID, otherID)
	if failed := listAll(t, st, points.ErrorTraces); len(failed) != 1 || failed[baseID].BaseID == "" {
		t.Errorf("failed traces %+v", failed)
	}
	bad := want[0]
	bad.BaseID = ""
	if err := st.(points.Writer).Write(t.Context(), []points.Notification{bad}); err == nil || !strings.Contains(err.Error(), "without a base_id") {
		t.Errorf("a notification without a base_id: %v", err)
	}
	bad = want[0]
	bad.Payload = []byte("{")
	if err := st.(points.Writer).Write(t.Context(), []points.Notification{want[1], bad}); err == nil || !strings.Contains(err.Error(), "payload") {
		t.Errorf("a payload that is not JSON: %v", err)
	}
	if got := len(readAll(t, st, baseID)); got != len(want) {
		t.Errorf("%d notifications after a Write that failed, want %d", got, len(want))
	}
}

// manyWriters writes to an empty store from several programs at once.
func manyWriters(t *testing.T, s server) {
	connection := s.fresh(t)
	const writers = 6
	errs := make(chan error, writers)
	for i := range writers {
		st, notifications := open(t, connection), point(t, baseID, i, "")
		go func() { errs <- st.(points.Writer).Write(t.Context(), notifications) }()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := len(readAll(t, open(t, connection), baseID)); got != 2*writers {
		t.Errorf("%d notifications, want %d", got, 2*writers)
	}
}

// nothingThere tests a store in use that does not have the trace.
func nothingThere(t *testing.T, s server) {
	st := open(t, s.fresh(t))
	write(t, st, point(t, baseID, 1, "")...)
	for _, id := range []string{"", "*", otherID, baseID[:35], strings.ToUpper(baseID), baseID + " ", "%", "'; DROP TABLE data; --"} {
		if got := readAll(t, st, id); len(got) != 0 {
			t.Errorf("%q has %d notifications", id, len(got))
		}
	}
	if got := listAll(t, st, points.ErrorTraces); len(got) != 0 {
		t.Errorf("failed traces %v", got)
	}
}

// earlyEnd tests callers that stop reading, and contexts that end while they
// read.
func earlyEnd(t *testing.T, s server) {
	st := open(t, s.fresh(t))
	for i := range 300 {
		write(t, st, point(t, baseID, i, "")...)
	}
	for range st.Notifications(t.Context(), baseID) {
		break
	}
	for range st.List(t.Context(), points.AllTraces) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range st.Notifications(ctx, baseID) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the last error is %v, want %v", last, context.Canceled)
	}
	if err := st.(points.Writer).Write(ctx, point(t, baseID, 1, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v, want %v", err, context.Canceled)
	}
	if got := len(readAll(t, st, baseID)); got != 600 {
		t.Errorf("%d notifications afterwards, want 600", got)
	}
}

// failure uses a store in each way, and returns the error. It fails unless each
// error is one line without the password.
func failure(t *testing.T, st points.Store, ctx context.Context) error {
	t.Helper()
	var errs []error
	for _, err := range st.Notifications(ctx, baseID) {
		errs = append(errs, err)
	}
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		for _, err := range st.List(ctx, filter) {
			errs = append(errs, err)
		}
	}
	errs = append(errs, st.(points.Writer).Write(ctx, point(t, baseID, 1, "")))
	if len(errs) != 4 {
		t.Fatalf("%d errors, want 4: %v", len(errs), errs)
	}
	for _, err := range errs {
		if err == nil {
			t.Fatalf("no error in %v", errs)
		}
		keepsPassword(t, err)
	}
	return errs[0]
}

func keepsPassword(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range []string{password, escaped, "w:rd"} {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("the password shows: %v", e)
			}
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line: %q", err)
	}
}

func wrongPassword(t *testing.T, s server) {
	err := failure(t, open(t, strings.ReplaceAll(s.fresh(t), escaped, escaped+"wrong")), t.Context())
	t.Log(err)
	if !strings.Contains(strings.ToLower(err.Error()), "password") {
		t.Errorf("%v says nothing of a password", err)
	}
}

// elsewhere returns the connection string for another address.
func elsewhere(t *testing.T, connection, address string) string {
	t.Helper()
	before, after, _ := strings.Cut(connection, "@127.0.0.1:")
	_, path, _ := strings.Cut(after, "/")
	return before + "@" + address + "/" + path
}

func noServer(t *testing.T, s server) {
	address := "127.0.0.1:" + freePorts(t, 1)[0]
	err := failure(t, open(t, elsewhere(t, s.fresh(t), address)), t.Context())
	t.Log(err)
	if !strings.Contains(err.Error(), "connection refused") || !strings.Contains(err.Error(), address) {
		t.Errorf("%v does not say that %s refused the connection", err, address)
	}
}

// silentServer tests a server that accepts connections and never answers.
func silentServer(t *testing.T, s server) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		for conn := range accepted {
			conn.Close()
		}
	})
	connection := elsewhere(t, s.fresh(t), listener.Addr().String())

	st := open(t, connection)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		accepted <- <-accepted // when there is a connection
		cancel()
	}()
	if err := failure(t, st, ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 1)
	defer cancel()
	if err := failure(t, st, ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want %v", err, context.DeadlineExceeded)
	}

	// If the caller has no limit, the connection string's limit is used.
	option := "?connect_timeout=1"
	if strings.HasPrefix(connection, "redis") {
		option = "?socket_timeout=0.2"
	}
	t.Log(failure(t, open(t, connection+option), t.Context()))
}
