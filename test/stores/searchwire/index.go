// SPDX-License-Identifier: Apache-2.0

package searchwire

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// document is a stored document.
type document struct {
	id, kind string
	source   json.RawMessage
	// fields are the members at the top level that are texts.
	fields map[string]string
}

type index struct {
	name      string
	documents []*document
	// mapping is the type of each field that has one.
	mapping map[string]string
}

// ignoreAbove is the largest length of a keyword that a server adds to a text.
const ignoreAbove = 256

// detected matches texts that dynamic date detection takes for dates.
var detected = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?Z?)?$`)

// Insert stores documents in an index, each a JSON object.
func (s *Server) Insert(name string, documents ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, source := range documents {
		s.insert(name, "_doc", json.RawMessage(source))
	}
}

// Documents returns the documents of an index as they were sent, in their
// order.
func (s *Server) Documents(name string) (sources []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.indices[name]; i != nil {
		for _, d := range i.documents {
			sources = append(sources, string(d.source))
		}
	}
	return sources
}

// Create makes an index without documents.
func (s *Server) Create(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.create(name)
}

func (s *Server) create(name string) *index {
	i, found := s.indices[name]
	if !found {
		i = &index{name: name, mapping: maps.Clone(s.Mapping)}
		if i.mapping == nil {
			i.mapping = map[string]string{}
		}
		s.indices[name] = i
	}
	return i
}

func (s *Server) insert(name, kind string, source json.RawMessage) *document {
	i := s.create(name)
	d := &document{id: fmt.Sprintf("d%d", len(i.documents)), kind: kind, source: source, fields: map[string]string{}}
	var values map[string]any
	_ = json.Unmarshal(source, &values) // as it is
	for field, value := range values {
		text, ok := value.(string)
		if !ok {
			continue
		}
		d.fields[field] = text
		if _, mapped := i.mapping[field]; !mapped {
			i.mapping[field] = "text with keyword"
			if detected.MatchString(text) {
				i.mapping[field] = "date"
			}
		}
	}
	i.documents = append(i.documents, d)
	return d
}

// store answers POST /{index}/_doc.
func (s *Server) store(r *http.Request, name string) (any, error) {
	if _, err := parameters(r, "refresh", "routing", "timeout", "pipeline"); err != nil {
		return nil, err
	}
	source, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !json.Valid(source) {
		return nil, &failure{http.StatusBadRequest, "mapper_parsing_exception", "failed to parse"}
	}
	kind := "_doc"
	if parts := strings.Split(r.URL.Path, "/"); s.product.Types {
		kind = parts[2]
	}
	d := s.insert(name, kind, source)
	return object{"_index": name, "_id": d.id, "_version": 1, "result": "created", "_shards": object{"total": 1, "successful": 1, "failed": 0}}, nil
}

func (s *Server) existing(name string) (*index, error) {
	i, found := s.indices[name]
	if !found {
		return nil, &failure{http.StatusNotFound, "index_not_found_exception", "no such index [" + name + "]"}
	}
	return i, nil
}

// capability returns the type of a field, or of the keyword in it, and whether
// it can be aggregated.
func (i *index) capability(field string) (kind string, aggregatable bool) {
	name, part, isPart := strings.Cut(field, ".")
	switch kind := i.mapping[name]; {
	case isPart && (part != "keyword" || kind != "text with keyword"):
		return "", false
	case isPart:
		return "keyword", true
	case kind == "text with keyword":
		return "text", false
	default:
		return kind, kind != "" && kind != "text"
	}
}

// value returns a document's value of a field, or of the keyword in it, which
// does not exist for a long text.
func (d *document) value(field string) (string, bool) {
	name, _, isPart := strings.Cut(field, ".")
	value, found := d.fields[name]
	return value, found && (!isPart || len(value) <= ignoreAbove)
}

// fieldCapabilities answers GET /{index}/_field_caps.
func (s *Server) fieldCapabilities(r *http.Request, name string) (any, error) {
	asked, err := parameters(r, "fields", "ignore_unavailable", "allow_no_indices", "expand_wildcards", "include_unmapped")
	if err != nil {
		return nil, err
	}
	i, err := s.existing(name)
	if err != nil {
		return nil, err
	}
	if asked["fields"] == "" {
		return nil, illegal("no fields specified")
	}
	fields := object{}
	for field := range strings.SplitSeq(asked["fields"], ",") {
		if kind, aggregatable := i.capability(field); kind != "" {
			fields[field] = object{kind: object{"type": kind, "searchable": true, "aggregatable": aggregatable}}
		}
	}
	return object{"indices": []string{name}, "fields": fields}, nil
}
