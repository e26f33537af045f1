// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"fmt"
	"maps"
	"runtime"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
)

func TestList(t *testing.T) {
	r, s := start(t)
	if lines, err := listed(t, s, points.AllTraces); len(lines) != 0 || err != nil {
		t.Errorf("listed %q of nothing (%v)", lines, err)
	}
	push(t, r, "osprofiler_opt:new", text("new", 2, ""), text("new", 1, ""), text("new", 3, ""))
	set(t, r, legacyKey("old", 5), text("old", 5, ""))
	set(t, r, legacyKey("old", 4), text("old", 4, ""))
	set(t, r, legacyKey("both", 6), text("both", 6, ""))
	push(t, r, "osprofiler_opt:both", text("both", 7, ""))
	push(t, r, "osprofiler_opt:garbage", "garbage")
	set(t, r, legacyKey("garbage", 1), "garbage")
	set(t, r, "osprofiler_error:new", `{"base_id": "new", "timestamp": "2026-01-31T23:59:59.223456"}`)
	set(t, r, "osprofiler_error:garbage", "garbage")
	set(t, r, "osprofiler_error:undated", `{"base_id": "undated"}`)
	set(t, r, "somebody_else", "x")

	want := map[string]string{
		"new":                "3 from 2ms to 3ms", // the times of the notifications that were stored first and last
		"old":                "2 from 4ms to 5ms",
		"both":               "1 from 7ms to 7ms", // what the list has
		"unreadable garbage": "+",
		"unreadable ":        "+",
	}
	if lines, err := listed(t, s, points.AllTraces); err != nil || !maps.Equal(lines, want) {
		t.Errorf("listed %q (%v), want %q", lines, err, want)
	}
	want = map[string]string{"new": "0 from 100ms to", "unreadable garbage": "+", "unreadable undated": "+"}
	if lines, err := listed(t, s, points.ErrorTraces); err != nil || !maps.Equal(lines, want) {
		t.Errorf("listed %q of those that failed (%v), want %q", lines, err, want)
	}
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		for range s.List(t.Context(), filter) {
			break
		}
	}
	r.Del("osprofiler_opt:new")
	r.Del("osprofiler_opt:both")
	r.Del("osprofiler_opt:garbage")
	r.Del(legacyKey("garbage", 1))
	for range s.List(t.Context(), points.AllTraces) { // there are only traces of the old layout
		break
	}
}

// scanInPages makes Redis name a few keys at a time, and some of them twice, as
// a real Redis does.
func scanInPages(r *miniredis.Miniredis, keys []string, page int) (pages *int) {
	pages = new(int)
	answer(r, "SCAN", func(c *server.Peer, args []string) bool {
		*pages++
		if len(args) != 5 || args[1] != "match" || args[2] != "osprofiler*" {
			c.WriteLen(2)
			c.WriteBulk("0")
			c.WriteStrings(nil)
			return true
		}
		from, _ := strconv.Atoi(args[0])
		to, next := from+page, from+page
		if to >= len(keys) {
			to, next = len(keys), 0
		}
		c.WriteLen(2)
		c.WriteBulk(strconv.Itoa(next))
		c.WriteStrings(keys[max(from-1, 0):to])
		return true
	})
	return pages
}

func TestListInPages(t *testing.T) {
	r, s := start(t)
	var keys []string
	for i := range 500 {
		key := fmt.Sprintf("osprofiler_opt:trace-%d", i)
		push(t, r, key, text(fmt.Sprintf("trace-%d", i), i, ""))
		keys = append(keys, key)
	}
	for i := range 10 {
		key := legacyKey("old", i)
		set(t, r, key, text("old", i, ""))
		keys = append(keys, key)
	}
	for _, page := range []int{3, 100, 509, 510} {
		pages := scanInPages(r, keys, page)
		lines, err := listed(t, s, points.AllTraces)
		if err != nil || len(lines) != 501 || lines["trace-499"] != "1 from 499ms to 499ms" || lines["old"] != "10 from 0s to 9ms" {
			t.Errorf("%d at a time: %d traces (%v)", page, len(lines), err)
		}
		if want := (len(keys) + page - 1) / page; *pages != want {
			t.Errorf("%d at a time: %d pages, want %d", page, *pages, want)
		}
	}
}

// A list of traces does not become larger in memory with their number.
func TestListKeepsNothing(t *testing.T) {
	r, s := start(t)
	const page, pages = 1000, 15
	r.Server().SetPreHook(func(c *server.Peer, command string, args ...string) bool {
		switch command {
		case "SCAN":
			cursor, _ := strconv.Atoi(args[0])
			next := (cursor + 1) % pages
			c.WriteLen(2)
			c.WriteBulk(strconv.Itoa(next))
			c.WriteLen(page)
			for i := range page {
				c.WriteBulk(fmt.Sprintf("osprofiler_opt:trace-%d", cursor*page+i))
			}
		case "LLEN":
			c.WriteInt(2)
		case "LINDEX":
			c.WriteBulk(text("x", 1, ""))
		default:
			return false
		}
		return true
	})
	live := func() int64 {
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		return int64(memory.HeapAlloc)
	}
	traces, first, last := 0, int64(0), int64(0)
	for _, err := range s.List(t.Context(), points.AllTraces) {
		if err != nil {
			t.Fatal(err)
		}
		switch traces++; traces {
		case 2 * page:
			first = live()
		case pages * page:
			last = live()
		}
	}
	if grown := last - first; traces != pages*page || grown > 150<<10 {
		t.Errorf("%d traces, %d bytes more than at the beginning", traces, grown)
	}
}

// A list has the operation of the notification that was stored first.
func TestListOperation(t *testing.T) {
	r, s := start(t)
	request := `, "request": {"method": "POST", "path": "/v2.1/servers"}`
	push(t, r, "osprofiler_opt:new", text("new", 1, request), text("new", 2, ""))
	push(t, r, "osprofiler_opt:cut", text("cut", 1, ""), "garbage")
	set(t, r, legacyKey("old", 5), text("old", 5, ""))
	set(t, r, legacyKey("old", 4), text("old", 4, request))
	got := map[string]string{}
	for summary, err := range s.List(t.Context(), points.AllTraces) {
		if err != nil {
			t.Fatal(err)
		}
		got[summary.BaseID] = fmt.Sprint(summary.Operation, " ", summary.Duration(), " ", summary.Points())
	}
	want := map[string]string{"new": "POST /v2.1/servers 1ms 1", "cut": "db 0s 1", "old": "POST /v2.1/servers 1ms 1"}
	if !maps.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
}

// A key can have any bytes, but a base_id is printed, and becomes a part of
// JSON.
func TestListIsUTF8(t *testing.T) {
	r, s := start(t)
	push(t, r, "osprofiler_opt:\xff\xfe", text("x", 1, ""))
	set(t, r, "osprofiler_error:\xff", `{"timestamp": "2026-01-31T23:59:59.223456"}`)
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		lines, err := listed(t, s, filter)
		if err != nil || len(lines) != 1 {
			t.Errorf("listed %q (%v)", lines, err)
		}
		for id := range lines {
			if !utf8.ValidString(id) {
				t.Errorf("%q is no UTF-8", id)
			}
		}
	}
}
