// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/ostrace/ostrace/points"
)

// traces yields the traces of an index, each with what its earliest document
// says, the timestamp of its latest one, and the number of its documents. An error
// that wraps [points.ErrUnreadable] is about one trace. Nothing follows any other
// error.
func (c *client) traces(ctx context.Context, index string) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		fields, err := c.fields(ctx, index)
		if err != nil {
			yield(points.TraceSummary{}, err)
			return
		}
		if len(fields) == 0 {
			return // the index has no document yet
		}
		composite, body, err := aggregation(index, fields)
		if err != nil {
			yield(points.TraceSummary{}, err)
			return
		}
		for {
			found, after, err := c.buckets(ctx, index, body)
			if err != nil {
				yield(points.TraceSummary{}, err)
				return
			}
			for _, b := range found {
				if !yield(b.summary()) {
					return
				}
			}
			if len(found) == 0 || after == nil {
				return
			}
			if before, _ := composite["after"].(json.RawMessage); bytes.Equal(before, after) {
				yield(points.TraceSummary{}, errors.New("the server answers with the same page of traces again"))
				return
			}
			composite["after"] = after
		}
	}
}

// aggregation returns the body of a search for a page of traces, and the part
// of the body in which the caller sets the beginning of the page.
func aggregation(index string, fields fieldCapabilities) (composite, body object, err error) {
	baseID, timestamp := fields.sortable("base_id"), fields.sortable("timestamp")
	for name, field := range map[string]string{"base_id": baseID, "timestamp": timestamp} {
		if field == "" {
			return nil, nil, fmt.Errorf("the index %s maps the field %s neither as a keyword nor with a keyword in it, so its traces can't be listed", index, name)
		}
	}
	composite = object{
		"size":    pageSize,
		"sources": []object{{"base_id": object{"terms": object{"field": baseID}}}},
	}
	// This asks for the documents themselves, because a date has only
	// milliseconds, and for several, because some may have the same one.
	top := func(order string, fields ...string) object {
		return object{"top_hits": object{
			"size":    sameMillisecond,
			"sort":    []object{{timestamp: object{"order": order}}},
			"_source": fields,
		}}
	}
	return composite, object{
		"size": 0,
		"aggs": object{"traces": object{"composite": composite, "aggs": object{
			"earliest": top("asc", "timestamp", "name", "info"),
			"latest":   top("desc", "timestamp"),
		}}},
	}, nil
}

// sameMillisecond is the number of documents from which the earliest or the latest
// one is taken. If more have the same millisecond, it may be another one of these.
const sameMillisecond = 20

// fieldCapabilities are the types under which an index has its fields, by name.
type fieldCapabilities map[string]map[string]struct{ Aggregatable bool }

// fields asks for the capabilities of the fields that a list needs. An index
// without documents has none.
func (c *client) fields(ctx context.Context, index string) (fieldCapabilities, error) {
	answer, err := c.do(ctx, http.MethodGet, index+"/_field_caps",
		url.Values{"fields": {"base_id,base_id.keyword,timestamp,timestamp.keyword"}}, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	var capabilities struct{ Fields *fieldCapabilities }
	if err := json.NewDecoder(io.LimitReader(answer, maxAnswer)).Decode(&capabilities); err != nil {
		return nil, unusable(err)
	}
	if capabilities.Fields == nil {
		return nil, unusable(errors.New("it has no fields"))
	}
	return *capabilities.Fields, nil
}

// sortable returns the name of the field, or of the keyword in it, by whose
// whole text or date the index can sort. It returns an empty text if there is
// none. OSProfiler leaves the mapping to the server, which maps a string as a
// text with a keyword in it, or as a date if it looks like one. But an
// operator's template can map it as a keyword alone.
func (f fieldCapabilities) sortable(name string) string {
	for _, field := range []string{name, name + ".keyword"} {
		usable := len(f[field]) > 0
		for kind, capability := range f[field] {
			usable = usable && capability.Aggregatable && (kind == "keyword" || kind == "date" || kind == "date_nanos")
		}
		if usable {
			return field
		}
	}
	return ""
}

// bucket is one trace in the answer to an aggregation.
type bucket struct {
	Key struct {
		BaseID string `json:"base_id"`
	}
	Count    int `json:"doc_count"`
	Earliest topHits
	Latest   topHits
}

// topHits is an aggregation with a few documents.
type topHits struct {
	Hits struct {
		Hits []struct {
			Source json.RawMessage `json:"_source"`
		}
	}
}

// first returns the timestamp and the name of the document that is before all
// others, with the document as payload. It is empty if there is no document.
func (h topHits) first(before func(a, b time.Time) bool) (first points.Notification, timestamp string) {
	var earliest time.Time
	for i, hit := range h.Hits.Hits {
		var source struct{ Name, Timestamp string }
		_ = json.Unmarshal(hit.Source, &source) // a member of another type is left out
		at, err := points.ParseTimestamp(source.Timestamp)
		if i == 0 || err == nil && before(at, earliest) {
			first, timestamp, earliest = points.Notification{Name: source.Name, Payload: hit.Source}, source.Timestamp, at
		}
	}
	return first, timestamp
}

func (b bucket) summary() (points.TraceSummary, error) {
	trace := points.TraceSummary{BaseID: b.Key.BaseID, Notifications: b.Count}
	first, timestamp := b.Earliest.first(time.Time.Before)
	_, newest := b.Latest.first(time.Time.After)
	trace.Newest, _ = points.ParseTimestamp(newest)
	var err error
	if trace.Timestamp, err = points.ParseTimestamp(timestamp); err != nil {
		return trace, fmt.Errorf("trace %s: %w", trace.BaseID, err)
	}
	trace.Operation = first.Operation()
	return trace, nil
}

// buckets asks for one page of traces, and for the key after which the next page
// begins.
func (c *client) buckets(ctx context.Context, index string, body object) ([]bucket, json.RawMessage, error) {
	answer, err := c.do(ctx, http.MethodPost, index+"/_search", nil, body)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Close()
	var found struct {
		TimedOut     bool   `json:"timed_out"`
		Shards       shards `json:"_shards"`
		Aggregations struct {
			Traces struct {
				AfterKey json.RawMessage `json:"after_key"`
				Buckets  *[]bucket
			}
		}
	}
	if err := json.NewDecoder(io.LimitReader(answer, maxAnswer)).Decode(&found); err != nil {
		return nil, nil, unusable(err)
	}
	traces := found.Aggregations.Traces
	if traces.Buckets == nil {
		return nil, nil, unusable(errors.New("it has no buckets"))
	}
	return *traces.Buckets, traces.AfterKey, found.Shards.complete(found.TimedOut)
}
