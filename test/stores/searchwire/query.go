// SPDX-License-Identifier: Apache-2.0

package searchwire

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// score returns how well a document matches, or 0 if it does not match.
type score func(*document) int

// analyse divides a text like the standard analyzer, for the texts in these
// tests.
func analyse(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// query reads a query.
func (i *index) query(text json.RawMessage) (score, error) {
	if text == nil {
		return func(*document) int { return 1 }, nil
	}
	clauses, err := members(text, "match_all", "match", "match_phrase", "term", "bool")
	if err != nil || len(clauses) != 1 {
		return nil, &failure{http.StatusBadRequest, "parsing_exception", "unknown query [" + string(text) + "]"}
	}
	for name, clause := range clauses {
		switch name {
		case "match_all":
			return func(*document) int { return 1 }, nil
		case "bool":
			return i.filter(clause)
		default:
			return i.field(name, clause)
		}
	}
	return nil, nil //nolint:nilnil // there is one
}

func (i *index) filter(clause json.RawMessage) (score, error) {
	parts, err := members(clause, "filter")
	if err != nil {
		return nil, err
	}
	matches, err := i.query(parts["filter"])
	if err != nil {
		return nil, err
	}
	return func(d *document) int { return min(matches(d), 1) }, nil
}

func (i *index) field(name string, clause json.RawMessage) (score, error) {
	var wanted map[string]string
	if err := json.Unmarshal(clause, &wanted); err != nil || len(wanted) != 1 {
		return nil, &failure{http.StatusBadRequest, "parsing_exception", "[" + name + "] query malformed"}
	}
	for field, text := range wanted {
		if kind, _ := i.capability(field); name == "term" || kind != "text" {
			return func(d *document) int {
				value, found := d.value(field)
				if kind == "text" { // the parts of a text are indexed
					return count(found && slices.Contains(analyse(value), text))
				}
				return count(found && value == text)
			}, nil
		}
		parts := analyse(text)
		return func(d *document) int {
			value, _ := d.value(field)
			has := analyse(value)
			if name == "match_phrase" {
				return count(len(parts) > 0 && phrase(has, parts))
			}
			common := 0
			for _, part := range parts {
				common += count(slices.Contains(has, part))
			}
			return common
		}, nil
	}
	return nil, nil //nolint:nilnil // there is one
}

func phrase(text, parts []string) bool {
	for start := 0; start+len(parts) <= len(text); start++ {
		if slices.Equal(text[start:start+len(parts)], parts) {
			return true
		}
	}
	return false
}

func count(matches bool) int {
	if matches {
		return 1
	}
	return 0
}

// sorted sorts documents by the score, unless the request has another order.
func (i *index) sorted(documents []*document, order json.RawMessage, matches score) ([]*document, error) {
	if order == nil {
		return slices.SortedStableFunc(slices.Values(documents), func(a, b *document) int { return matches(b) - matches(a) }), nil
	}
	var keys []json.RawMessage
	if err := json.Unmarshal(order, &keys); err != nil || len(keys) != 1 {
		return nil, &failure{http.StatusBadRequest, "parsing_exception", "malformed sort"}
	}
	if string(keys[0]) == `"_doc"` {
		return documents, nil
	}
	field, descending, err := i.sortKey(keys[0])
	if err != nil {
		return nil, err
	}
	return slices.SortedStableFunc(slices.Values(documents), func(a, b *document) int {
		if descending {
			a, b = b, a
		}
		left, _ := a.value(field)
		right, _ := b.value(field)
		return strings.Compare(left, right)
	}), nil
}

// sortKey reads {"field": "asc"} and {"field": {"order": "asc"}}, also with desc.
func (i *index) sortKey(key json.RawMessage) (field string, descending bool, err error) {
	var by map[string]json.RawMessage
	if err := json.Unmarshal(key, &by); err != nil || len(by) != 1 {
		return "", false, &failure{http.StatusBadRequest, "parsing_exception", "malformed sort format"}
	}
	for field, how := range by {
		order := strings.ReplaceAll(string(how), " ", "")
		switch order {
		case `"desc"`, `{"order":"desc"}`:
			descending = true
		case `"asc"`, `{"order":"asc"}`:
		default:
			return "", false, illegal("unknown order %s", how)
		}
		kind, aggregatable := i.capability(field)
		if kind == "" {
			return "", false, &failure{http.StatusBadRequest, "query_shard_exception", "No mapping found for [" + field + "] in order to sort on"}
		}
		if !aggregatable {
			return "", false, illegal("Fielddata is disabled on [%s] in [%s]. Text fields are not optimised for operations that require per-document field data like aggregations and sorting", field, i.name)
		}
		return field, descending, nil
	}
	return "", false, nil
}
