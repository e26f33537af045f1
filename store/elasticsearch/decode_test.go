// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	for name, test := range map[string]struct {
		answer  string
		sources []string
		err     string
	}{
		"in a server's order": {
			answer:  `{"_scroll_id":"s","took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":2,"relation":"eq"},"max_score":null,"hits":[{"_index":"i","_id":"1","_score":null,"_source":{"a":1},"sort":[0]},{"_source":{"b":[2]}}]}}`,
			sources: []string{`{"a":1}`, `{"b":[2]}`},
		},
		"in another order": {
			answer:  `{"hits":{"hits":[{"_source":{}}],"total":1},"_scroll_id":"s","unheard_of":{"deep":[[{}]]}}`,
			sources: []string{`{}`},
		},
		"none":            {answer: `{"_scroll_id":"s","hits":{"hits":[]}}`},
		"without _source": {answer: `{"_scroll_id":"s","hits":{"hits":[{"_id":"1"}]}}`, sources: []string{""}},
		"half an answer": {
			answer:  `{"_scroll_id":"s","hits":{"hits":[{"_source":{}},{"_sou`,
			sources: []string{`{}`},
			err:     "unexpected EOF",
		},
		"a failed shard": {
			answer: `{"_scroll_id":"s","_shards":{"total":5,"failed":1,"failures":[{"shard":0,"reason":{"type":"search_context_missing_exception","reason":"No search context found for id [7]"}}]},"hits":{"hits":[]}}`,
			err:    "1 of 5 shards failed, and the answer is not complete: search_context_missing_exception: No search context found for id [7]",
		},
		"failed shards without a reason": {answer: `{"_scroll_id":"s","_shards":{"total":5,"failed":2},"hits":{"hits":[]}}`, err: "2 of 5 shards failed"},
		"timed out":                      {answer: `{"_scroll_id":"s","timed_out":true,"hits":{"hits":[]}}`, err: "timed out"},
		"nothing":                        {answer: ``, err: "unexpected EOF"},
		"an empty object":                {answer: `{}`, err: "no hits"},
		"no scroll":                      {answer: `{"hits":{"hits":[]}}`, err: "no _scroll_id"},
		"an array":                       {answer: `[]`, err: "found [ instead of {"},
		"hits of another kind":           {answer: `{"hits":{"hits":7}}`, err: "found 7 instead of ["},
		"HTML":                           {answer: `<html>`, err: "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			var p page
			var sources []string
			err := p.read(strings.NewReader(test.answer), maxDocument, func(source json.RawMessage) bool {
				sources = append(sources, string(source))
				return true
			})
			if !slices.Equal(sources, test.sources) || p.hits != len(sources) {
				t.Errorf("%d %q, want %q", p.hits, sources, test.sources)
			}
			switch {
			case test.err == "" && err != nil, test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("%v, want %q", err, test.err)
			case err == nil && p.scrollID != "s":
				t.Errorf("scroll %q", p.scrollID)
			}
		})
	}
}

// The limit is for a document, and not for a page.
func TestPageBound(t *testing.T) {
	all := func(json.RawMessage) bool { return true }
	hit := func(size int) string { return `{"_source":"` + strings.Repeat("x", size) + `"},` }
	end := `{"_source":1}]},"_scroll_id":"s"}`
	var p page
	if err := p.read(strings.NewReader(`{"hits":{"hits":[`+strings.Repeat(hit(700), 50)+end), 2000, all); err != nil || p.hits != 51 {
		t.Errorf("%d hits, %v", p.hits, err)
	}
	if err := p.read(strings.NewReader(`{"hits":{"hits":[`+hit(100)+hit(5000)+end), 2000, all); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("a document that is too long: %v", err)
	}
}

// Whatever a server answers, the result is an error or documents that are JSON.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"_scroll_id":"s","_shards":{"failed":0},"hits":{"hits":[{"_source":{"a":1}}]}}`))
	f.Add([]byte(`{"hits":{"hits":[{"_source":null},7]},"timed_out":"x"}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var p page
		err := p.read(strings.NewReader(string(answer)), maxDocument, func(source json.RawMessage) bool {
			if len(source) > 0 && !json.Valid(source) {
				t.Errorf("%q", source)
			}
			return len(source) != 7
		})
		if err == nil && p.scrollID == "" {
			t.Error("no scroll, and no error")
		}
	})
}
