// SPDX-License-Identifier: Apache-2.0

package searchwire

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// maxWindow is the limit index.max_result_window.
const maxWindow = 10_000

// scroll has the documents that a client has not read yet.
type scroll struct {
	index     *index
	documents []*document
	size      int
}

// search answers POST /{index}/_search.
func (s *Server) search(r *http.Request, name string) (any, error) {
	asked, err := parameters(r, "scroll", "size", "track_total_hits", "rest_total_hits_as_int", "ignore_unavailable", "allow_partial_search_results")
	if err != nil {
		return nil, err
	}
	what, err := body(r, "query", "size", "sort", "_source", "aggs")
	if err != nil {
		return nil, err
	}
	i, err := s.existing(name)
	if err != nil {
		return nil, err
	}
	size := 10
	if err := member(what, "size", &size); err != nil {
		return nil, err
	}
	if text := asked["size"]; text != "" {
		if _, err := fmt.Sscan(text, &size); err != nil {
			return nil, illegal("Failed to parse int parameter [size] with value [%s]", text)
		}
	}
	switch {
	case size > maxWindow && asked["scroll"] != "":
		return nil, illegal("Batch size is too large, size must be less than or equal to: [%d] but was [%d].", maxWindow, size)
	case size > maxWindow:
		return nil, illegal("Result window is too large, from + size must be less than or equal to: [%d] but was [%d].", maxWindow, size)
	case size == 0 && asked["scroll"] != "":
		return nil, &failure{http.StatusBadRequest, "action_request_validation_exception", "Validation Failed: 1: [size] cannot be [0] in a scroll context;"}
	}
	matches, err := i.query(what["query"])
	if err != nil {
		return nil, err
	}
	var found []*document
	for _, d := range i.documents {
		if matches(d) > 0 {
			found = append(found, d)
		}
	}
	if found, err = i.sorted(found, what["sort"], matches); err != nil {
		return nil, err
	}
	answer := object{"took": 1, "timed_out": false, "_shards": object{"total": 1, "successful": 1, "skipped": 0, "failed": 0}}
	if aggregations, asks := what["aggs"]; asks {
		if answer["aggregations"], err = s.aggregate(i, aggregations, found); err != nil {
			return nil, err
		}
	}
	if asked["scroll"] != "" {
		return s.page(&scroll{i, found, size}, len(found)), nil
	}
	answer["hits"] = s.hits(i, found[:min(size, len(found))], len(found))
	return answer, nil
}

// page takes a page from a scroll, which gets another id.
func (s *Server) page(sc *scroll, total int) any {
	n := min(sc.size, len(sc.documents))
	batch := sc.documents[:n]
	sc.documents = sc.documents[n:]
	s.lastScroll++
	id := fmt.Sprintf("scroll-%d==", s.lastScroll)
	s.scrolls[id] = sc
	return struct {
		ScrollID string `json:"_scroll_id"`
		Took     int    `json:"took"`
		TimedOut bool   `json:"timed_out"`
		Shards   object `json:"_shards"`
		Hits     object `json:"hits"`
	}{id, 1, false, object{"total": 1, "successful": 1, "skipped": 0, "failed": 0}, s.hits(sc.index, batch, total)}
}

// hits writes documents in an answer.
func (s *Server) hits(i *index, documents []*document, total int) object {
	hits := make([]object, len(documents))
	for n, d := range documents {
		hits[n] = object{"_index": i.name, "_id": d.id, "_score": nil, "_source": d.source, "sort": []int{n}}
		if s.product.Types {
			hits[n]["_type"] = d.kind
		}
	}
	return object{"total": object{"value": total, "relation": "eq"}, "max_score": nil, "hits": hits}
}

// nextPage answers POST /_search/scroll.
func (s *Server) nextPage(r *http.Request) (any, error) {
	asked, err := parameters(r, "scroll", "scroll_id", "rest_total_hits_as_int")
	if err != nil {
		return nil, err
	}
	what, err := body(r, "scroll", "scroll_id")
	if err != nil {
		return nil, err
	}
	id := asked["scroll_id"]
	if err := member(what, "scroll_id", &id); err != nil {
		return nil, err
	}
	sc, found := s.scrolls[id]
	if !found {
		return nil, &failure{http.StatusNotFound, "search_phase_execution_exception", "all shards failed"}
	}
	delete(s.scrolls, id)
	return s.page(sc, len(sc.documents)), nil
}

// clearScroll answers DELETE /_search/scroll.
func (s *Server) clearScroll(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	what, err := body(r, "scroll_id")
	if err != nil {
		return nil, err
	}
	var ids []string
	if json.Unmarshal(what["scroll_id"], &ids) != nil {
		ids = make([]string, 1)
		if err := member(what, "scroll_id", &ids[0]); err != nil {
			return nil, err
		}
	}
	freed := 0
	for _, id := range ids {
		if _, found := s.scrolls[id]; found {
			delete(s.scrolls, id)
			freed++
		}
	}
	if freed == 0 {
		return nil, &failure{http.StatusNotFound, "resource_not_found_exception", "no such scroll"}
	}
	return object{"succeeded": true, "num_freed": freed}, nil
}
