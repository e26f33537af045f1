// SPDX-License-Identifier: Apache-2.0

package mongowire

import (
	"cmp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// matches reports whether a document has all members of a query. They are
// values, and not operators.
func matches(document, query bson.Raw) bool {
	elements, _ := query.Elements()
	for _, element := range elements {
		if value, err := document.LookupErr(element.Key()); err != nil || !value.Equal(element.Value()) {
			return false
		}
	}
	return true
}

// operators returns an error for a query with operators.
func operators(query bson.Raw) error {
	elements, err := query.Elements()
	for _, element := range elements {
		if strings.HasPrefix(element.Key(), "$") || element.Value().Type == bson.TypeEmbeddedDocument {
			return badValue("unknown operator: %s", element)
		}
	}
	return err
}

// selected returns the documents of a collection that a query finds.
func (s *Server) selected(namespace string, query bson.Raw) ([]bson.Raw, error) {
	if query == nil {
		return s.collections[namespace], nil
	}
	if err := operators(query); err != nil {
		return nil, err
	}
	var found []bson.Raw
	for _, document := range s.collections[namespace] {
		if matches(document, query) {
			found = append(found, document)
		}
	}
	return found, nil
}

func (s *Server) find(r request) (bson.D, error) {
	filter, _ := r.command.Lookup("filter").DocumentOK()
	found, err := s.selected(r.namespace, filter)
	if err != nil {
		return nil, err
	}
	if order, ok := r.command.Lookup("sort").DocumentOK(); ok {
		found = sorted(found, order)
	}
	found = found[min(r.number("skip"), len(found)):]
	if limit := r.number("limit"); limit > 0 {
		found = found[:min(limit, len(found))]
	}
	projection, _ := r.command.Lookup("projection").DocumentOK()
	single, _ := r.command.Lookup("singleBatch").BooleanOK()
	return s.open(r.namespace, &cursor{found, projection}, r.number("batchSize"), single), nil
}

// sorted sorts by the text of the first field.
func sorted(documents []bson.Raw, order bson.Raw) []bson.Raw {
	key := order.Index(0).Key()
	return slices.SortedStableFunc(slices.Values(documents), func(a, b bson.Raw) int {
		left, _ := a.Lookup(key).StringValueOK()
		right, _ := b.Lookup(key).StringValueOK()
		return cmp.Compare(left, right)
	})
}

// project returns a document without the members that are 0 in the projection,
// or with only the _id and those that are 1.
func project(document, projection bson.Raw) bson.Raw {
	if projection == nil {
		return document
	}
	including := false
	wanted := map[string]bool{}
	fields, _ := projection.Elements()
	for _, field := range fields {
		n, _ := field.Value().AsInt64OK()
		wanted[field.Key()] = n != 0
		including = including || n != 0
	}
	var kept bson.D
	elements, _ := document.Elements()
	for _, element := range elements {
		keep, mentioned := wanted[element.Key()]
		if !mentioned {
			keep = !including || element.Key() == "_id"
		}
		if keep {
			kept = append(kept, bson.E{Key: element.Key(), Value: element.Value()})
		}
	}
	return marshal(kept)
}

func withID(document bson.Raw, id any) bson.Raw {
	with := bson.D{{Key: "_id", Value: id}}
	elements, _ := document.Elements()
	for _, element := range elements {
		if element.Key() != "_id" {
			with = append(with, bson.E{Key: element.Key(), Value: element.Value()})
		}
	}
	return marshal(with)
}

// marshal encodes a document that was decoded before.
func marshal(document bson.D) bson.Raw {
	if document == nil {
		document = bson.D{}
	}
	raw, err := bson.Marshal(document)
	if err != nil {
		panic(err)
	}
	return raw
}

func (s *Server) distinct(r request) (bson.D, error) {
	query, _ := r.command.Lookup("query").DocumentOK()
	found, err := s.selected(r.namespace, query)
	if err != nil {
		return nil, err
	}
	key := r.command.Lookup("key").StringValue()
	values := bson.A{}
	seen := map[string]bool{}
	for _, document := range found {
		if value, err := document.LookupErr(key); err == nil && !seen[value.String()] {
			seen[value.String()] = true
			values = append(values, value)
		}
	}
	return bson.D{{Key: "values", Value: values}}, nil
}
