// SPDX-License-Identifier: Apache-2.0

package searchwire

import (
	"cmp"
	"encoding/json"
	"slices"
)

// maxBuckets is the limit search.max_buckets of the oldest version.
const maxBuckets = 10_000

// aggregate answers composite aggregations of one field, which can have top
// hits in them.
func (s *Server) aggregate(i *index, text json.RawMessage, documents []*document) (object, error) {
	var asked map[string]json.RawMessage
	if err := json.Unmarshal(text, &asked); err != nil {
		return nil, err
	}
	answer := object{}
	for name, text := range asked {
		aggregation, err := members(text, "composite", "aggs")
		if err != nil {
			return nil, err
		}
		if answer[name], err = s.composite(i, aggregation, documents); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// bucket has the documents with one value.
type bucket struct {
	value     string
	documents []*document
}

func (s *Server) composite(i *index, aggregation map[string]json.RawMessage, documents []*document) (any, error) {
	composite, err := members(aggregation["composite"], "size", "sources", "after")
	if err != nil {
		return nil, err
	}
	size := 10
	var sources []map[string]struct{ Terms struct{ Field string } }
	var after map[string]string
	for name, value := range map[string]any{"size": &size, "sources": &sources, "after": &after} {
		if err := member(composite, name, value); err != nil {
			return nil, err
		}
	}
	if len(sources) != 1 || len(sources[0]) != 1 || size < 1 || size > maxBuckets {
		return nil, illegal("composite of %d sources and size %d", len(sources), size)
	}
	answer := object{"buckets": []object{}}
	for source, by := range sources[0] {
		field := by.Terms.Field
		kind, aggregatable := i.capability(field)
		if kind == "" {
			return answer, nil
		}
		if !aggregatable {
			return nil, illegal("Fielddata is disabled on [%s] in [%s]", field, i.name)
		}
		buckets := group(documents, field)
		if last, pages := after[source]; pages {
			buckets = slices.DeleteFunc(buckets, func(b bucket) bool { return b.value <= last })
		}
		buckets = buckets[:min(size, len(buckets))]
		written := make([]object, len(buckets))
		for n, b := range buckets {
			written[n] = object{"key": object{source: b.value}, "doc_count": len(b.documents)}
			if err := s.topHits(i, aggregation["aggs"], b.documents, written[n]); err != nil {
				return nil, err
			}
		}
		answer["buckets"] = written
		if len(buckets) > 0 {
			answer["after_key"] = object{source: buckets[len(buckets)-1].value}
		}
	}
	return answer, nil
}

// group divides documents by a field, in the order of its values. It leaves out
// documents without the field.
func group(documents []*document, field string) []bucket {
	byValue := map[string][]*document{}
	for _, d := range documents {
		if value, found := d.value(field); found {
			byValue[value] = append(byValue[value], d)
		}
	}
	var buckets []bucket
	for value, documents := range byValue {
		buckets = append(buckets, bucket{value, documents})
	}
	slices.SortFunc(buckets, func(a, b bucket) int { return cmp.Compare(a.value, b.value) })
	return buckets
}

func (s *Server) topHits(i *index, text json.RawMessage, documents []*document, answer object) error {
	if text == nil {
		return nil
	}
	var asked map[string]map[string]json.RawMessage
	if err := json.Unmarshal(text, &asked); err != nil {
		return err
	}
	for name, aggregation := range asked {
		top, err := members(aggregation["top_hits"], "size", "sort", "_source")
		if err != nil {
			return err
		}
		size := 3
		var fields []string
		if err := member(top, "size", &size); err != nil {
			return err
		}
		if err := member(top, "_source", &fields); err != nil {
			return err
		}
		first, err := i.sorted(documents, top["sort"], func(*document) int { return 1 })
		if err != nil {
			return err
		}
		var hits []*document
		for _, d := range first[:min(size, len(first))] {
			hits = append(hits, &document{id: d.id, kind: d.kind, source: d.only(fields)})
		}
		answer[name] = object{"hits": s.hits(i, hits, len(documents))}
	}
	return nil
}

// only returns a document's source with some of its fields.
func (d *document) only(fields []string) json.RawMessage {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(d.source, &all) // it is valid
	some := map[string]json.RawMessage{}
	for _, field := range fields {
		if value, found := all[field]; found {
			some[field] = value
		}
	}
	text, _ := json.Marshal(some) // it was decoded before
	return text
}
