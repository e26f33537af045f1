// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// TestEndless reads servers that never stop answering: up to the limits, which
// are lower here, and without limits until the context ends.
func TestEndless(t *testing.T) {
	document := func(baseID string) string {
		return fmt.Sprintf(`{"_source":{"name":"db-start","base_id":%q,"trace_id":"x","timestamp":"2026-01-31T23:59:59.123456"}}`, baseID)
	}
	page := func(document string) func(int) string {
		return func(int) string {
			return `{"_scroll_id":"s","hits":{"hits":[` + document + strings.Repeat(","+document, 6) + `]}}`
		}
	}
	traces := func(after string) func(int) string {
		return func(n int) string {
			return fmt.Sprintf(`{"aggregations":{"traces":{"after_key":{"base_id":`+after+`},"buckets":[{"key":{"base_id":"%[1]d"},"doc_count":1,`+
				`"earliest":{"hits":{"hits":[{"_source":{"timestamp":"2026-01-31T23:59:59.123456"}}]}}}]}}}`, n)
		}
	}
	for name, test := range map[string]struct {
		answer func(n int) string
		use    func(ctx context.Context, s *Store) error
		want   string
	}{
		"a trace":                  {page(document(baseID)), read, "more than 50 entries"},
		"documents of other ones":  {page(document("another")), read, "more than 50 entries"},
		"a list":                   {traces(`"%[1]d"`), readList, "more than 50 entries"},
		"a list with the same key": {traces(`"x"`), readList, "the same page of traces again"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			const enough = 1000
			var answers atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if strings.HasSuffix(r.URL.Path, "/_field_caps") {
					fmt.Fprint(w, `{"fields":{"base_id":{"keyword":{"aggregatable":true}},"timestamp":{"date":{"aggregatable":true}}}}`)
					return
				}
				n := int(answers.Add(1))
				if n == enough {
					cancel()
				}
				fmt.Fprint(w, test.answer(n))
			}))
			defer server.Close()
			s := open(t, server.Listener.Addr().String())
			if s.client.limits != limit.Default() {
				t.Error("other limits than those of every store")
			}
			s.client.limits = limit.Limits{Elements: 50, Bytes: 1 << 30, Idle: 20}
			err := test.use(ctx, s)
			checkError(t, err, server.Listener.Addr().String()+": ")
			checkError(t, err, test.want)
			if strings.Count(err.Error(), "elasticsearch://") != 1 {
				t.Errorf("%v says where more than once", err)
			}
			if test.want != "more than 50 entries" {
				return
			}
			if name == "a trace" {
				s.client.limits = limit.Limits{Elements: math.MaxInt / 2, Bytes: 1000, Idle: 20}
				checkError(t, test.use(ctx, s), "more than 1000 bytes")
			}
			s.client.limits = limit.Limits{Elements: math.MaxInt / 2, Bytes: math.MaxInt64, Idle: math.MaxInt / 2}
			if err := test.use(ctx, s); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want %v", err, context.Canceled)
			}
		})
	}
}

func readList(ctx context.Context, s *Store) error {
	_, err := list(ctx, s, points.AllTraces)
	return err
}
