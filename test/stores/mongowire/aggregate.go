// SPDX-License-Identifier: Apache-2.0

package mongowire

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// aggregate groups by one field, with $min, $max and $first of fields and $sum of
// numbers.
func (s *Server) aggregate(r request) (bson.D, error) {
	stages, err := r.documents("pipeline")
	if err != nil {
		return nil, err
	}
	if len(stages) != 1 || stages[0].Index(0).Key() != "$group" {
		return nil, badValue("the pipeline is not a single $group")
	}
	options, ok := r.command.Lookup("cursor").DocumentOK()
	if !ok {
		return nil, commandError{9, "FailedToParse", "The 'cursor' option is required, except for aggregate with the explain argument"}
	}
	fields, err := stages[0].Index(0).Value().Document().Elements()
	if err != nil {
		return nil, err
	}

	var order []string
	groups := map[string]bson.D{}
	for _, document := range s.collections[r.namespace] {
		var values bson.D
		for _, field := range fields {
			value, err := evaluate(field, document)
			if err != nil {
				return nil, err
			}
			values = append(values, bson.E{Key: field.Key(), Value: value})
		}
		key := string(marshal(values[:1]))
		group, found := groups[key]
		if !found {
			order = append(order, key)
			groups[key] = values
			continue
		}
		for i := 1; i < len(group); i++ {
			group[i].Value = accumulate(operator(fields[i]), group[i].Value, values[i].Value)
		}
	}
	documents := make([]bson.Raw, len(order))
	for i, key := range order {
		documents[i] = marshal(groups[key])
	}
	batchSize, _ := options.Lookup("batchSize").AsInt64OK()
	return s.open(r.namespace, &cursor{documents: documents}, int(batchSize), false), nil
}

// operator returns the name of a field's operator.
func operator(field bson.RawElement) string {
	operation, _ := field.Value().DocumentOK() // evaluate has checked it
	return operation.Index(0).Key()
}

// evaluate returns the value of one document for a field of a group: an int64
// for a $sum, and a value or nil for other operators.
func evaluate(field bson.RawElement, document bson.Raw) (any, error) {
	expression := field.Value()
	if field.Key() != "_id" {
		operation, ok := expression.DocumentOK()
		if !ok {
			return nil, badValue("the field '%s' must be an accumulator object", field.Key())
		}
		expression = operation.Index(0).Value()
		switch name := operation.Index(0).Key(); name {
		case "$sum":
			n, ok := expression.AsInt64OK()
			if !ok {
				return nil, badValue("the $sum is not of a number")
			}
			return n, nil
		case "$min", "$max", "$first":
		default:
			return nil, badValue("unknown group operator '%s'", name)
		}
	}
	path, ok := expression.StringValueOK()
	name, isField := strings.CutPrefix(path, "$")
	if !ok || !isField {
		return nil, badValue("the expression is not a field")
	}
	value, err := document.LookupErr(name)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // a missing field is null
	}
	return value, nil
}

// accumulate adds numbers, and keeps the smaller, the larger or the first one of
// two values.
func accumulate(operator string, a, b any) any {
	switch {
	case operator == "$sum":
		return a.(int64) + b.(int64)
	case operator == "$first", b == nil:
		return a
	case a == nil:
		return b
	}
	left, _ := a.(bson.RawValue).StringValueOK()
	right, isText := b.(bson.RawValue).StringValueOK()
	if isText && (operator == "$min") == (right < left) {
		return b
	}
	return a
}
