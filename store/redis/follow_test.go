// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ostrace/ostrace/points"
)

// followed reads what is new, and returns the ids of the notifications and the
// cursor.
func followed(t *testing.T, s *Store, cursor []byte) (ids []string, unreadable, pages int, next []byte) {
	t.Helper()
	next = cursor
	for page, err := range s.Follow(t.Context(), cursor) {
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Notifications {
			ids = append(ids, n.BaseID+" "+n.TraceID)
		}
		for _, err := range page.Unreadable {
			if !errors.Is(err, points.ErrUnreadable) {
				t.Errorf("%v", err)
			}
		}
		unreadable, pages, next = unreadable+len(page.Unreadable), pages+1, page.Cursor
	}
	return ids, unreadable, pages, next
}

func TestFollow(t *testing.T) {
	r, s := start(t)
	if ids, _, pages, _ := followed(t, s, nil); len(ids)+pages != 0 {
		t.Errorf("%q of nothing, in %d pages", ids, pages)
	}
	push(t, r, "osprofiler_opt:a", text("a", 1, ""), text("a", 2, ""))
	set(t, r, "osprofiler_opt:string", "x")
	set(t, r, legacyKey("old", 5), text("old", 5, ""))
	ids, _, _, cursor := followed(t, s, nil)
	if want := []string{"a trace-1", "a trace-2"}; !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
	if ids, _, pages, _ := followed(t, s, cursor); len(ids)+pages != 0 {
		t.Errorf("%q again, in %d pages", ids, pages)
	}
	push(t, r, "osprofiler_opt:a", text("a", 3, ""), "garbage")
	push(t, r, "osprofiler_opt:b", text("b", 4, ""))
	ids, unreadable, _, cursor := followed(t, s, cursor)
	slices.Sort(ids)
	if want := []string{"a trace-3", "b trace-4"}; !slices.Equal(ids, want) || unreadable != 1 {
		t.Errorf("%q, want %q; %d unreadable, want 1", ids, want, unreadable)
	}
	r.Del("osprofiler_opt:a")
	r.Del("osprofiler_opt:b")
	push(t, r, "osprofiler_opt:a", text("a", 5, ""))
	ids, _, _, cursor = followed(t, s, cursor)
	if want := []string{"a trace-5"}; !slices.Equal(ids, want) {
		t.Errorf("%q of a list that was written again, want %q", ids, want)
	}
	read, err := decodeCursor(cursor)
	if err != nil || len(read) != 1 || read["a"] != 1 {
		t.Errorf("the cursor is %v (%v)", read, err)
	}
}

// The pages are not large, and their cursors fit.
func TestFollowPages(t *testing.T) {
	r, s := start(t)
	const traces, each = 7, 450
	for i := range traces {
		for n := range each {
			push(t, r, fmt.Sprint("osprofiler_opt:t", i), text(fmt.Sprint("t", i), n, ""))
		}
	}
	var cursor []byte
	seen := map[string]bool{}
	for done := false; !done; {
		done = true
		for page, err := range s.Follow(t.Context(), cursor) { // one page only, and again with its cursor
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Notifications) > pageNotifications+chunk {
				t.Errorf("a page of %d", len(page.Notifications))
			}
			for _, n := range page.Notifications {
				id := n.BaseID + n.TraceID
				if seen[id] {
					t.Errorf("%s comes twice", id)
				}
				seen[id] = true
			}
			cursor, done = page.Cursor, false
			break
		}
	}
	if len(seen) != traces*each {
		t.Errorf("%d notifications, want %d", len(seen), traces*each)
	}
}

func TestFollowCursor(t *testing.T) {
	_, s := start(t)
	for _, cursor := range []string{"x", "\x01", "\x01\x05ab", "\x01\x01a", "\x00x", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
		var last error
		for _, err := range s.Follow(t.Context(), []byte(cursor)) {
			last = err
		}
		if !errors.Is(last, errCursor) {
			t.Errorf("%q: %v", cursor, last)
		}
	}
}
