// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
)

func TestNotifications(t *testing.T) {
	r, s := start(t)
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""), text(traceID, 2, ""))
	push(t, r, "osprofiler_opt:"+otherID, text(otherID, 3, ""))
	var got []points.Notification
	for n, err := range s.Notifications(t.Context(), traceID) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if len(got) != 2 {
		t.Fatalf("%d notifications, want 2", len(got))
	}
	want := points.Notification{
		Name: "db-start", BaseID: traceID, TraceID: "trace-2", ParentID: traceID, Timestamp: began.Add(2e6),
		Project: "nova", Service: "api", Host: "ctl-1", Payload: []byte(text(traceID, 2, "")),
	}
	if fmt.Sprint(got[0]) != fmt.Sprint(want) || got[1].TraceID != "trace-1" {
		t.Errorf("%v and then %s, want %v, the newest, first", got[0], got[1].TraceID, want)
	}
	for _, id := range []string{"", "*", traceID[:35], strings.ToUpper(traceID), traceID + " ", "[a-z]", `\`} {
		if ids, err := read(t, s, id); len(ids) != 0 || err != nil {
			t.Errorf("%q has %q (%v)", id, ids, err)
		}
	}
}

// A list is read from its newest entry in pages. The number of entries in a
// page depends on their size. Entries that are added while it is read are not
// in it.
func TestNotificationsInPages(t *testing.T) {
	for name, info := range map[string]string{"small": "", "large": `, "text": "` + strings.Repeat("x", 300_000) + `"`} {
		t.Run(name, func(t *testing.T) {
			r, s := start(t)
			const stored = 250
			var want []string
			for i := range stored {
				push(t, r, "osprofiler_opt:"+traceID, text(traceID, i, info))
				want = append(want, fmt.Sprintf("trace-%d", stored-1-i))
			}
			pages := 0
			answer(r, "LRANGE", func(*server.Peer, []string) bool {
				pages++
				push(t, r, "osprofiler_opt:"+traceID, text(traceID, stored+pages, ""))
				return false
			})
			ids, err := read(t, s, traceID)
			if err != nil || !slices.Equal(ids, want) {
				t.Errorf("read %q (%v)", ids, err)
			}
			// The pages have 100 and then 150 small entries, or 100 large ones
			// and then one at a time.
			if wantPages := map[string]int{"small": 2, "large": 151}[name]; pages != wantPages {
				t.Errorf("%d pages, want %d", pages, wantPages)
			}
		})
	}
}

// The notifications in the layout before OSProfiler 2.8 come first.
func TestOldLayout(t *testing.T) {
	r, s := start(t)
	for i := range 250 { // more than one pipeline is needed
		set(t, r, legacyKey("old", i), text("old", i, ""))
	}
	set(t, r, legacyKey("old-and-longer", 0), text("old-and-longer", 0, ""))
	set(t, r, legacyKey("old_", 0), text("old_", 0, ""))
	set(t, r, legacyKey("both", 1), text("both", 1, ""))
	push(t, r, "osprofiler_opt:both", text("both", 2, ""))

	ids, err := read(t, s, "old")
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 250 || err != nil {
		t.Errorf("%d notifications (%v), want 250", len(ids), err)
	}
	if ids, err := read(t, s, "both"); err != nil || !slices.Equal(ids, []string{"trace-1", "trace-2"}) {
		t.Errorf("the trace in both layouts is read as %q (%v)", ids, err)
	}
	for range s.Notifications(t.Context(), "both") {
		break
	}
	for range s.Notifications(t.Context(), "old") {
		break
	}
}

func TestUnreadable(t *testing.T) {
	r, s := start(t)
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""), "", "{", "[]", "null", "\xff", `{"name": "x-start"}`,
		strings.Replace(text(traceID, 2, ""), "2026-", "long ago", 1), strings.Repeat("[", 100_000), text(traceID, 3, ""))
	set(t, r, legacyKey(traceID, 4), "garbage")
	set(t, r, "osprofiler:"+traceID+"0_1_2", "another's garbage")
	push(t, r, "osprofiler:"+traceID+"_list", "x")
	want := append(slices.Repeat([]string{"unreadable"}, 2), "trace-3")
	want = append(append(want, slices.Repeat([]string{"unreadable"}, 8)...), "trace-1")
	if ids, err := read(t, s, traceID); err != nil || !slices.Equal(ids, want) {
		t.Errorf("read %q (%v), want %q", ids, err, want)
	}
	for _, err := range s.Notifications(t.Context(), traceID) {
		isClear(t, err, r.Addr())
		break
	}
}

// A key can hold a value that OSProfiler never stores.
func TestWrongTypes(t *testing.T) {
	r, s := start(t)
	set(t, r, "osprofiler_opt:"+traceID, "text")
	ids, err := read(t, s, traceID)
	isClear(t, err, `the key "osprofiler_opt:`+traceID+`" is not a list`)
	if len(ids) != 0 || errors.Is(err, points.ErrUnreadable) {
		t.Errorf("read %q (%v)", ids, err)
	}
	push(t, r, "osprofiler_error:"+otherID, "no text")
	push(t, r, "osprofiler:"+otherID, "no text")
	r.HSet("osprofiler_opt:"+otherID, "no", "list")
	lines, err := listed(t, s, points.AllTraces)
	if err != nil || lines["unreadable "+traceID] != "+" || lines["unreadable "+otherID] != "+" || lines["unreadable "] != "+" || len(lines) != 3 {
		t.Errorf("listed %q (%v)", lines, err)
	}
	lines, err = listed(t, s, points.ErrorTraces)
	if err != nil || lines["unreadable "+otherID] != "+" || len(lines) != 1 {
		t.Errorf("listed %q of those that failed (%v)", lines, err)
	}
}

// Keys expire, and lists are deleted, while they are read.
func TestGoneMeanwhile(t *testing.T) {
	r, s := start(t)
	fill := func() {
		r.FlushAll()
		set(t, r, legacyKey(traceID, 1), text(traceID, 1, ""))
		set(t, r, "osprofiler_error:"+traceID, text(traceID, 1, ""))
		for i := range 250 {
			push(t, r, "osprofiler_opt:"+traceID, text(traceID, i, ""))
		}
	}
	for _, c := range []struct {
		command string
		ids     int
		want    string
	}{
		{"LLEN", 1, ""}, // the notification in the old layout was read before
		{"LRANGE", 1, "was shortened while it was read"},
		{"GET", 0, ""},
	} {
		fill()
		answer(r, c.command, func(*server.Peer, []string) bool { r.FlushAll(); return false })
		ids, err := read(t, s, traceID)
		if c.want != "" {
			isClear(t, err, c.want)
		} else if err != nil {
			t.Errorf("%s: %v", c.command, err)
		}
		if len(ids) != c.ids {
			t.Errorf("%s: read %d, want %d", c.command, len(ids), c.ids)
		}
	}
	for _, command := range []string{"LLEN", "LINDEX", "GET"} {
		for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
			fill()
			answer(r, command, func(*server.Peer, []string) bool { r.FlushAll(); return false })
			lines, err := listed(t, s, filter)
			survives := filter == points.AllTraces && command != "GET" || filter == points.ErrorTraces && command != "GET"
			if err != nil || (len(lines) != 0) != survives {
				t.Errorf("%s, %d: listed %q (%v)", command, filter, lines, err)
			}
		}
	}
}

// Each command can fail, and the caller can give up after each command.
func TestFailsMeanwhile(t *testing.T) {
	r, s := start(t)
	set(t, r, legacyKey(traceID, 1), text(traceID, 1, ""))
	set(t, r, "osprofiler_error:"+traceID, text(traceID, 1, ""))
	push(t, r, "osprofiler_opt:"+traceID, text(traceID, 2, ""))
	use := map[string]func(ctx context.Context) error{
		"read": func(ctx context.Context) (last error) {
			for _, err := range s.Notifications(ctx, traceID) {
				last = err
			}
			return last
		},
		"list": func(ctx context.Context) (last error) {
			for _, err := range s.List(ctx, points.AllTraces) {
				last = err
			}
			return last
		},
		"list of failed": func(ctx context.Context) (last error) {
			for _, err := range s.List(ctx, points.ErrorTraces) {
				last = err
			}
			return last
		},
		"write": func(ctx context.Context) error {
			return s.Write(ctx, []points.Notification{{BaseID: traceID, Payload: []byte(text(traceID, 3, ""))}})
		},
	}
	for command, uses := range map[string][]string{
		"SCAN": {"read", "list", "list of failed"}, "GET": {"read", "list", "list of failed"},
		"LLEN": {"read", "list"}, "LRANGE": {"read"}, "LINDEX": {"list"}, "MULTI": {"write"},
	} {
		for _, name := range uses {
			answer(r, command, func(c *server.Peer, _ []string) bool { c.WriteError("LOADING not yet"); return true })
			isClear(t, use[name](t.Context()), "redis://"+r.Addr()+": LOADING not yet")

			ctx, cancel := context.WithCancel(t.Context())
			release := make(chan struct{})
			stop := cancel // for a command that comes later than the next context
			answer(r, command, func(*server.Peer, []string) bool { stop(); <-release; return false })
			if err := use[name](ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, cancelled in %s: %v", name, command, err)
			}
			close(release)
			cancel()

			ctx, cancel = context.WithTimeout(t.Context(), 1)
			if err := use[name](ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, too late for %s: %v", name, command, err)
			}
			cancel()
		}
	}
}
