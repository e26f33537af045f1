// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
)

const (
	traceID = "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e11"
	otherID = "e6b9f7a0-5b1c-4b3a-9a55-6a1f0c7d2e12"
)

// began is the time at which the traces of the tests begin.
var began = time.Date(2026, 1, 31, 23, 59, 59, 123456000, time.UTC)

// start starts a Redis, and opens it.
func start(t *testing.T) (*miniredis.Miniredis, *Store) {
	t.Helper()
	r := miniredis.RunT(t)
	return r, open(t, "redis://"+r.Addr())
}

func open(t *testing.T, connectionString string) *Store {
	t.Helper()
	s, err := Open(connectionString)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// answer lets a function answer the commands with one name. Where the function
// returns false, Redis answers.
func answer(r *miniredis.Miniredis, command string, f func(c *server.Peer, args []string) bool) {
	r.Server().SetPreHook(func(c *server.Peer, name string, args ...string) bool {
		return strings.EqualFold(name, command) && f(c, args)
	})
}

// text returns the nth notification of a trace, as OSProfiler's drivers store it.
func text(baseID string, n int, info string) string {
	return fmt.Sprintf(`{"name": "db-start", "base_id": %q, "trace_id": "trace-%d", "parent_id": %q, "timestamp": %q, `+
		`"info": {"host": "ctl-1"%s}, "project": "nova", "service": "api"}`,
		baseID, n, baseID, began.Add(time.Duration(n)*time.Millisecond).Format(points.TimestampFormat), info)
}

// legacyKey returns the key of the nth notification in the layout before
// OSProfiler 2.8.
func legacyKey(baseID string, n int) string {
	return fmt.Sprintf("osprofiler:%s_trace-%d_%s", baseID, n, began.Add(time.Duration(n)*time.Millisecond).Format(points.TimestampFormat))
}

// push stores like the drivers, each notification in front of the earlier ones.
func push(t *testing.T, r *miniredis.Miniredis, key string, entries ...string) {
	t.Helper()
	for _, entry := range entries {
		if _, err := r.Lpush(key, entry); err != nil {
			t.Fatal(err)
		}
	}
}

func set(t *testing.T, r *miniredis.Miniredis, key, value string) {
	t.Helper()
	if err := r.Set(key, value); err != nil {
		t.Fatal(err)
	}
}

// read returns the trace_id of each notification of a trace, or "unreadable",
// and the error with which the reading ended.
func read(t *testing.T, s *Store, baseID string) (ids []string, last error) {
	t.Helper()
	for n, err := range s.Notifications(t.Context(), baseID) {
		switch {
		case last != nil:
			t.Fatalf("there is more after %v", last)
		case errors.Is(err, points.ErrUnreadable):
			ids = append(ids, "unreadable")
		case err != nil:
			last = err
		default:
			ids = append(ids, n.TraceID)
		}
	}
	return ids, last
}

// listed returns each trace of a list in one line, also the unreadable ones,
// and the error with which the list ended.
func listed(t *testing.T, s *Store, filter points.ListFilter) (lines map[string]string, last error) {
	t.Helper()
	lines = make(map[string]string)
	for summary, err := range s.List(t.Context(), filter) {
		switch {
		case last != nil:
			t.Fatalf("there is more after %v", last)
		case errors.Is(err, points.ErrUnreadable):
			lines["unreadable "+summary.BaseID] += "+"
		case err != nil:
			last = err
		default:
			line := fmt.Sprintf("%d from %v to", summary.Notifications, summary.Timestamp.Sub(began))
			if !summary.Newest.IsZero() {
				line += fmt.Sprintf(" %v", summary.Newest.Sub(began))
			}
			if before, found := lines[summary.BaseID]; found && before != line {
				t.Errorf("%s is listed twice: %s, %s", summary.BaseID, before, line)
			}
			lines[summary.BaseID] = line
		}
	}
	return lines, last
}

// isClear fails if there is no error, or if the error has more than one line,
// lacks the text want, or shows the password.
func isClear(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "verysecret") {
		t.Errorf("%v; want one line with %q and without the password", err, want)
	}
}
