// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/test/stores/searchwire"
)

const (
	notificationsIndex = "osprofiler-notifications"
	errorsIndex        = "osprofiler-notifications-error"
)

func elasticsearchAt(server *searchwire.Server) string {
	return "elasticsearch://osprofiler:" + escaped + "@" + server.Address
}

// startSearch starts a server in which some notifications are stored.
func startSearch(t *testing.T, stored ...map[string]any) *searchwire.Server {
	t.Helper()
	server := searchwire.Start(t, searchwire.Elasticsearch7, "osprofiler", password)
	for _, notification := range stored {
		document, err := json.Marshal(notification)
		if err != nil {
			t.Fatal(err)
		}
		server.Insert(notificationsIndex, string(document))
	}
	return server
}

// OSProfiler's driver writes to an Elasticsearch 7, and the store reads each
// product that took over its indices.
func TestElasticsearchReadsWhatOSProfilerStored(t *testing.T) {
	t.Parallel()
	server := startSearch(t)
	d := newDriver(t, elasticsearchAt(server), conf)
	d.profile(t, baseID, 2, service)
	d.profile(t, otherID, 1, nil)

	// OSProfiler mixes traces whose ids have a part in common.
	want := map[string][]row{}
	mixed := d.read(t, baseID)
	for _, r := range mixed {
		var payload struct {
			BaseID string `json:"base_id"`
		}
		if err := json.Unmarshal(r.Payload, &payload); err != nil {
			t.Fatal(err)
		}
		want[payload.BaseID] = append(want[payload.BaseID], r)
	}
	if len(want[baseID]) != 26 || len(want[otherID]) != 13 {
		t.Fatalf("OSProfiler reads %d and %d notifications, want 26 and 13", len(want[baseID]), len(want[otherID]))
	}
	theirs := server.Scrolls() // OSProfiler does not clear these
	for _, product := range searchwire.Products {
		t.Run(product.String(), func(t *testing.T) {
			server.Become(product)
			s := open(t, elasticsearchAt(server))
			for id, rows := range want {
				got := readAll(t, s, id)
				if len(got) != len(rows) {
					t.Fatalf("%d notifications of %s, want %d", len(got), id, len(rows))
				}
				for i, n := range got {
					got, want := rowOf(n), rows[i]
					if n.BaseID != id || !sameJSON(t, got.Payload, want.Payload) {
						t.Errorf("notification %d of %s: %.300s\nOSProfiler reads %.300s", i, n.BaseID, got.Payload, want.Payload)
					}
					got.Payload, want.Payload = nil, nil
					if !reflect.DeepEqual(got, want) {
						t.Errorf("notification %d: %+v\nOSProfiler reads %+v", i, got, want)
					}
				}
			}
			var list, failed []points.TraceSummary
			for _, id := range []string{baseID, otherID} {
				list = append(list, points.TraceSummary{BaseID: id, Timestamp: firstOf(t, want[id], ""), Newest: lastOf(t, want[id]), Operation: served, Notifications: len(want[id])})
				failed = append(failed, points.TraceSummary{BaseID: id, Timestamp: firstOf(t, want[id], "etype")})
			}
			sameTraces(t, traces(t, s, points.AllTraces), list)
			sameTraces(t, traces(t, s, points.ErrorTraces), failed)
			for _, id := range []string{"", "e6b9f7a0", strings.ToUpper(baseID), baseID + " ", baseID[:35], "*"} {
				if found := readAll(t, s, id); len(found) != 0 {
					t.Errorf("%d notifications of %q", len(found), id)
				}
			}
			if open := server.Scrolls() - theirs; open != 0 {
				t.Errorf("%d scrolls are open", open)
			}
		})
	}
}

// firstOf returns the time of the first notification whose payload has the
// text.
func firstOf(t *testing.T, rows []row, text string) (first time.Time) {
	t.Helper()
	for _, r := range rows {
		at, err := points.ParseTimestamp(r.Timestamp)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(r.Payload), text) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// lastOf returns the time of the last notification.
func lastOf(t *testing.T, rows []row) time.Time {
	t.Helper()
	newest := ""
	for _, r := range rows {
		newest = max(newest, r.Timestamp)
	}
	at, err := points.ParseTimestamp(newest)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Operators can have index templates of their own.
func TestElasticsearchMappings(t *testing.T) {
	t.Parallel()
	stored := append(notifications(baseID, 3, 0), notifications(otherID, 2, 0)...)
	at, err := points.ParseTimestamp(stored[0]["timestamp"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		mapping map[string]string
		err     string
	}{
		"dynamic":       {nil, ""},
		"keywords":      {map[string]string{"base_id": "keyword", "timestamp": "keyword"}, ""},
		"no dates":      {map[string]string{"timestamp": "text with keyword"}, ""},
		"ids as text":   {map[string]string{"base_id": "text"}, "base_id"},
		"times as text": {map[string]string{"timestamp": "text"}, "timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			server := startSearch(t)
			server.Mapping = test.mapping
			for _, notification := range slices.Backward(stored) { // not the earliest first
				document, err := json.Marshal(notification)
				if err != nil {
					t.Fatal(err)
				}
				server.Insert(notificationsIndex, string(document))
			}
			s := open(t, elasticsearchAt(server))
			if a, b := len(readAll(t, s, baseID)), len(readAll(t, s, otherID)); a != 3 || b != 2 {
				t.Errorf("read %d and %d notifications, want 3 and 2", a, b)
			}
			if test.err != "" {
				for _, err := range s.List(t.Context(), points.AllTraces) {
					isClear(t, err, "maps the field "+test.err)
				}
				return
			}
			sameTraces(t, traces(t, s, points.AllTraces), []points.TraceSummary{
				{BaseID: baseID, Timestamp: at, Newest: at.Add(2 * time.Microsecond), Operation: "wsgi", Notifications: 3},
				{BaseID: otherID, Timestamp: at, Newest: at.Add(time.Microsecond), Operation: "wsgi", Notifications: 2},
			})
		})
	}
}

// A list has more traces than one page.
func TestElasticsearchListsInPages(t *testing.T) {
	t.Parallel()
	server := startSearch(t)
	const many = 2500
	for i := range many {
		server.Insert(notificationsIndex, fmt.Sprintf(`{"base_id":"trace-%d","timestamp":"2026-11-22T12:00:00.%06d"}`, i, i))
	}
	list := traces(t, open(t, elasticsearchAt(server)), points.AllTraces)
	if len(list) != many {
		t.Fatalf("%d traces, want %d", len(list), many)
	}
	for _, trace := range list {
		if trace.BaseID != fmt.Sprintf("trace-%d", trace.Timestamp.Nanosecond()/1000) || trace.Notifications != 1 {
			t.Errorf("%+v", trace)
		}
	}
}

func TestElasticsearchWithNothingStored(t *testing.T) {
	t.Parallel()
	server := startSearch(t)
	s := open(t, elasticsearchAt(server))
	_, err := ids(t.Context(), s, baseID)
	isClear(t, err, "OSProfiler has stored nothing here")
	for _, err := range s.List(t.Context(), points.AllTraces) {
		isClear(t, err, "no such index [osprofiler-notifications]")
	}
	if found := traces(t, s, points.ErrorTraces); found != nil {
		t.Errorf("listed %v", found)
	}

	server.Create(notificationsIndex)
	if found, err := ids(t.Context(), s, baseID); found != nil || err != nil {
		t.Errorf("read %v, %v", found, err)
	}
	if found := traces(t, s, points.AllTraces); found != nil {
		t.Errorf("listed %v", found)
	}
}

func TestElasticsearchRefuses(t *testing.T) {
	t.Parallel()
	server := searchwire.Start(t, searchwire.Elasticsearch7, "osprofiler", "right")
	for _, user := range []string{"osprofiler:verysecret@", "nobody:verysecret@", ""} {
		s := open(t, "elasticsearch://"+user+server.Address)
		_, err := ids(t.Context(), s, baseID)
		isClear(t, err, "401 Unauthorized (wrong or missing user or password): security_exception")
		for _, err := range s.List(t.Context(), points.ErrorTraces) {
			isClear(t, err, "401 Unauthorized")
		}
	}
}

// Documents of other programs in the index are reported as errors, and reading
// goes on.
func TestElasticsearchWithGarbage(t *testing.T) {
	t.Parallel()
	good := notifications(baseID, 2, 0)
	server := startSearch(t, good[0])
	server.Insert(notificationsIndex,
		`{"base_id":"`+baseID+`"}`,
		`{"base_id":"`+baseID+`","name":7}`,
		`{"base_id":["`+baseID+`"],"name":"wsgi-start"}`,
		`{"base_id":"`+baseID+`","name":"wsgi-start","trace_id":"x","timestamp":"yesterday"}`,
		`{"name":"no base_id"}`)
	last, err := json.Marshal(good[1])
	if err != nil {
		t.Fatal(err)
	}
	server.Insert(notificationsIndex, string(last), `{"base_id":"without a timestamp"}`)
	s := open(t, elasticsearchAt(server))
	found, err := ids(t.Context(), s, baseID)
	want := []string{good[0]["trace_id"].(string), "unreadable", "unreadable", "unreadable", good[1]["trace_id"].(string)}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%q, %v; want %q", found, err, want)
	}

	var list []string
	for trace, err := range s.List(t.Context(), points.AllTraces) {
		if err != nil && !errors.Is(err, points.ErrUnreadable) {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%s %d %t", trace.BaseID, trace.Notifications, err == nil))
	}
	if want := []string{baseID + " 5 false", "without a timestamp 1 false"}; !slices.Equal(list, want) {
		t.Errorf("listed %q, want %q", list, want)
	}
}

// However a reader ends, the server keeps no scroll for it.
func TestElasticsearchScrollIsCleared(t *testing.T) {
	t.Parallel()
	const stored = 2500
	server := startSearch(t, notifications(baseID, stored, 0)...)
	s := open(t, elasticsearchAt(server))
	for name, read := range map[string]func(ctx context.Context, cancel func()) error{
		"to the end": func(ctx context.Context, _ func()) error {
			found, err := ids(ctx, s, baseID)
			if len(found) != stored {
				return fmt.Errorf("%d notifications, %w", len(found), err)
			}
			return err
		},
		"not to the end": func(ctx context.Context, _ func()) error {
			for range s.Notifications(ctx, baseID) {
				break
			}
			return nil
		},
		"cancelled": func(ctx context.Context, cancel func()) error {
			read := 0
			var last error
			for _, err := range s.Notifications(ctx, baseID) {
				if read++; read == 10 {
					cancel()
				}
				last = err
			}
			if !errors.Is(last, context.Canceled) || read >= stored {
				return fmt.Errorf("%d notifications, and then %w", read, last)
			}
			return nil
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := read(ctx, cancel); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if open := server.Scrolls(); open != 0 {
			t.Errorf("%s: %d scrolls are open", name, open)
		}
	}
}

// A lost page is never requested again, because the server would send the next
// one.
func TestElasticsearchFailsWhileReading(t *testing.T) {
	t.Parallel()
	server := startSearch(t, notifications(baseID, 2500, 0)...)
	s := open(t, elasticsearchAt(server))
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, scroll string)
		want   string
	}{
		"a lost scroll": {func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"type":"search_phase_execution_exception","reason":"all shards\nfailed"},"status":404}`)
		}, "search_phase_execution_exception: all shards; failed"},
		"half an answer": {func(w http.ResponseWriter, scroll string) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"_scroll_id":"`+scroll+`","hits":{"hits":[{"_source":{"base_id":"`)
		}, "unexpected EOF"},
		"a page without some shards": {func(w http.ResponseWriter, scroll string) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"_scroll_id":"`+scroll+`","_shards":{"total":2,"failed":1},"hits":{"hits":[]}}`)
		}, "1 of 2 shards failed"},
		"a proxy that gives up": {func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusBadGateway) }, "502 Bad Gateway"},
		"it hangs up":           {func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/_search/scroll" || r.Method != http.MethodPost {
					return false
				}
				asked.Add(1)
				var body struct {
					ScrollID string `json:"scroll_id"`
				}
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				test.answer(w, body.ScrollID)
				return true
			})
			defer server.Intercept(nil)
			found, err := ids(t.Context(), s, baseID)
			isClear(t, err, test.want)
			if len(found) != 1000 || asked.Load() != 1 {
				t.Errorf("%d notifications, and %d requests for the second page", len(found), asked.Load())
			}
			if open := server.Scrolls(); open != 0 {
				t.Errorf("%d scrolls are open", open)
			}
		})
	}
}

func TestElasticsearchStreams(t *testing.T) {
	const pages, each = 4, 1000
	server := startSearch(t)
	var page atomic.Int32
	padding := strings.Repeat("x", 10_000)
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodDelete {
			_, _ = io.WriteString(w, `{"succeeded":true,"num_freed":1}`)
			return true
		}
		_, _ = io.WriteString(w, `{"_scroll_id":"s","hits":{"hits":[`)
		separator := ""
		for i := range each {
			if page.Load() == pages {
				break
			}
			_, _ = fmt.Fprintf(w, `%s{"_source":{"name":"wsgi-start","base_id":"%s","trace_id":"%d","timestamp":"2026-11-22T12:00:00.000000","info":{"text":"%s"}}}`, separator, baseID, i, padding)
			separator = ","
		}
		page.Add(1)
		_, _ = io.WriteString(w, `]}}`)
		return true
	})
	readsWithin(t, open(t, elasticsearchAt(server)), pages*each, 8<<20)
}
