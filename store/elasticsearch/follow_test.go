// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// index answers searches for a range of times as the servers do.
type index struct {
	times []string // the timestamps of its documents, in their order
}

func (i *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/_field_caps") {
		fmt.Fprint(w, `{"fields":{"timestamp":{"date":{"aggregatable":true}}}}`)
		return
	}
	var search struct {
		Size  int
		Query struct {
			Range struct{ Timestamp struct{ GTE, LT string } }
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&search); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var hits []string
	for n, at := range i.times {
		within := at[:len(millisecond)] >= search.Query.Range.Timestamp.GTE && at[:len(millisecond)] < search.Query.Range.Timestamp.LT
		if within && len(hits) < search.Size {
			hits = append(hits, fmt.Sprintf(`{"_source":{"name":"db-start","trace_id":"%d","timestamp":%q}}`, n, at))
		}
	}
	fmt.Fprintf(w, `{"timed_out":false,"_shards":{"total":1,"failed":0},"hits":{"hits":[%s]}}`, strings.Join(hits, ","))
}

// add adds documents at one time.
func (i *index) add(n int, at time.Time) {
	i.times = append(i.times, slices.Repeat([]string{at.Format(points.TimestampFormat)}, n)...)
}

func TestFollow(t *testing.T) {
	began := time.Date(2026, 1, 31, 23, 59, 59, 123456000, time.UTC)
	documents := &index{}
	server := httptest.NewServer(documents)
	defer server.Close()
	s := open(t, server.Listener.Addr().String())
	seen := map[string]int{}
	var cursor []byte
	follow := func() error {
		for page, err := range s.Follow(t.Context(), cursor) {
			if err != nil {
				return err
			}
			for _, n := range page.Notifications {
				seen[n.TraceID]++
			}
			cursor = page.Cursor
		}
		return nil
	}
	check := func(name string, want int) {
		t.Helper()
		if err := follow(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("%s: the document %s came %d times", name, id, times)
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d documents, want %d", name, len(seen), want)
		}
	}
	check("nothing", 0)
	documents.add(300, began)
	documents.add(900, began.Add(100*time.Microsecond)) // in the same millisecond
	documents.add(10, began.Add(time.Millisecond))
	documents.add(5000, began.Add(time.Second))
	check("many of a millisecond", 6210)
	documents.add(5, time.Now().UTC())
	check("documents that are too young", 6210)

	documents.times, seen, cursor = nil, map[string]int{}, nil
	documents.add(mostDocuments+1, began)
	checkError(t, follow(), "no more than that can be read at once")
	cursor = []byte("tomorrow")
	checkError(t, follow(), "the cursor is not one of Elasticsearch")
}
