// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// follower reads a store as it grows.
type follower struct {
	connection string
	cursor     []byte
	seen       map[string]int // how often each notification came
	pages      int
	unreadable int
}

// follow reads what is new, with a new connection, as after a restart.
func (f *follower) follow(t *testing.T) {
	t.Helper()
	for page, err := range open(t, f.connection).(points.Follower).Follow(t.Context(), f.cursor) {
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Notifications) > 2000 {
			t.Errorf("a page has %d notifications", len(page.Notifications))
		}
		for _, n := range page.Notifications {
			f.seen[nameOf(n.BaseID, n.TraceID, n.Name)]++
		}
		f.cursor, f.pages, f.unreadable = page.Cursor, f.pages+1, f.unreadable+len(page.Unreadable)
	}
}

func nameOf(baseID, traceID, name string) string { return baseID + " " + traceID + " " + name }

// until reads until as many different notifications were seen.
func (f *follower) until(t *testing.T, different int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d notifications are read", different), func() bool {
		f.follow(t)
		return len(f.seen) >= different
	})
}

// once fails unless each of the rows came once, and nothing else came.
func (f *follower) once(t *testing.T, rows map[string][]row) {
	t.Helper()
	want := map[string]int{}
	for id, of := range rows {
		for _, r := range of {
			want[nameOf(id, r.TraceID, r.Name)] = 1
		}
	}
	if !maps.Equal(f.seen, want) {
		t.Errorf("%d different notifications were read, want %d, each once", len(f.seen), len(want))
	}
}

// follows checks that what OSProfiler stores is read once, while it is stored.
func follows(t *testing.T, s server) {
	connection := s.fresh(t)
	d := newDriver(t, connection, nil)
	f := &follower{connection: connection, seen: map[string]int{}}
	d.profile(t, baseID, 3, service)
	f.until(t, 3*13)
	d.profile(t, otherID, 1, service)
	d.profile(t, baseID, 6, service)
	f.until(t, 10*13)
	f.once(t, map[string][]row{baseID: d.read(t, baseID), otherID: d.read(t, otherID)})
	if f.pages < 3 || f.unreadable != 0 {
		t.Errorf("%d pages, %d unreadable", f.pages, f.unreadable)
	}
	for _, err := range open(t, connection).(points.Follower).Follow(t.Context(), []byte("no cursor of this store")) {
		if err == nil {
			t.Error("a cursor of another store is read")
		}
	}
}

// A document is read when it is 30 seconds old.
func TestFerretDBFollows(t *testing.T) {
	t.Parallel()
	connection := ferretDB(startFerretDB(t))
	d := newDriver(t, connection, nil)
	d.profile(t, baseID, 3, service)
	d.profile(t, otherID, 1, service)
	f := &follower{connection: connection, seen: map[string]int{}}
	f.until(t, 4*13)
	f.follow(t)
	f.once(t, map[string][]row{baseID: d.read(t, baseID), otherID: d.read(t, otherID)})
}

// openSearchFollows checks that documents are read once, also where many have the
// same millisecond, and while others come.
func openSearchFollows(t *testing.T, s openSearch) {
	f := &follower{connection: s.connection(), seen: map[string]int{}}
	add := func(from, to int) {
		var documents []string
		for i := from; i < to; i++ {
			at := began // 1,700 documents have the first millisecond
			switch {
			case i >= 2000:
				at = began.Add(2 * time.Second)
			case i >= 1700:
				at = began.Add(time.Second)
			}
			documents = append(documents, string(written(t, baseID, fmt.Sprint("point-", i), "db-start", at, nil).Payload))
		}
		s.insert(t, "osprofiler-notifications", documents...)
	}
	add(0, 2500)
	f.until(t, 2500)
	for name, times := range f.seen {
		if times != 1 {
			t.Errorf("%s came %d times", name, times)
		}
	}
}
