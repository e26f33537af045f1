// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ostrace/ostrace/points"
)

// List yields the traces of the store. With [points.ErrorTraces] they have the
// timestamp of their error, and nothing else. The operation is that of the
// notification that is first in the collection.
//
// A server that can't group documents by their earliest timestamp, such as
// FerretDB 1, has to send the id and the timestamp of each document. The traces
// have no operation then.
func (s *Store) List(ctx context.Context, filter points.ListFilter) iter.Seq2[points.TraceSummary, error] {
	return func(yield func(points.TraceSummary, error) bool) {
		collection := notificationsCollection
		trace := bson.D{
			{Key: "_id", Value: "$base_id"},
			{Key: "timestamp", Value: bson.D{{Key: "$min", Value: "$timestamp"}}},
		}
		if filter == points.ErrorTraces {
			collection = errorsCollection
		} else {
			trace = append(trace,
				bson.E{Key: "newest", Value: bson.D{{Key: "$max", Value: "$timestamp"}}},
				bson.E{Key: "name", Value: bson.D{{Key: "$first", Value: "$name"}}},
				bson.E{Key: "info", Value: bson.D{{Key: "$first", Value: "$info"}}},
				bson.E{Key: "notifications", Value: bson.D{{Key: "$sum", Value: 1}}})
		}
		group := func(collection *mongo.Collection) (*mongo.Cursor, error) {
			return collection.Aggregate(ctx,
				mongo.Pipeline{{{Key: "$group", Value: trace}}}, options.Aggregate().SetAllowDiskUse(true))
		}
		for document, err := range s.documents(ctx, collection, group) {
			if isNotImplemented(err) {
				s.listDocuments(ctx, collection, filter, yield)
				return
			}
			if err != nil {
				yield(points.TraceSummary{}, s.where.Wrap(err))
				return
			}
			trace, err := summary(document)
			if !yield(trace, s.where.Wrap(err)) {
				return
			}
		}
	}
}

// summary reads a trace that the server has put together. Errors wrap
// [points.ErrUnreadable].
func summary(document bson.Raw) (points.TraceSummary, error) {
	count, _ := document.Lookup("notifications").AsInt64OK()
	timestamp, _ := document.Lookup("timestamp").StringValueOK()
	newest, _ := document.Lookup("newest").StringValueOK()
	trace, err := summaryOf(document.Lookup("_id"), timestamp, newest, int(count))
	if name, named := document.Lookup("name").StringValueOK(); named {
		if payload, err := toJSON(document); err == nil {
			trace.Operation = points.Notification{Name: strings.ToValidUTF8(name, "\ufffd"), Payload: payload}.Operation()
		}
	}
	return trace, err
}

func summaryOf(id bson.RawValue, timestamp, newest string, notifications int) (trace points.TraceSummary, err error) {
	baseID, ok := id.StringValueOK()
	if !ok {
		return trace, fmt.Errorf("%w: its base_id is not a text", points.ErrUnreadable)
	}
	trace.BaseID, trace.Notifications = strings.ToValidUTF8(baseID, "\ufffd"), notifications
	trace.Newest, _ = points.ParseTimestamp(newest)
	if trace.Timestamp, err = points.ParseTimestamp(timestamp); err != nil {
		return trace, fmt.Errorf("trace %s: %w", trace.BaseID, err)
	}
	return trace, nil
}

// isNotImplemented reports whether a server says that it does not implement the
// request (MongoDB's error NotImplemented).
func isNotImplemented(err error) bool {
	failed, found := errors.AsType[mongo.CommandError](err)
	return found && failed.Code == 238
}

// listDocuments yields the traces of a collection as List does, and reads all its
// documents for that.
func (s *Store) listDocuments(ctx context.Context, collection string, filter points.ListFilter, yield func(points.TraceSummary, error) bool) {
	type group struct {
		id                bson.RawValue
		timestamp, newest string
		documents         int
	}
	groups := make(map[string]*group)
	find := func(collection *mongo.Collection) (*mongo.Cursor, error) {
		return collection.Find(ctx, bson.D{}, options.Find().SetProjection(
			bson.D{{Key: "_id", Value: 0}, {Key: "base_id", Value: 1}, {Key: "timestamp", Value: 1}}))
	}
	var order []*group
	for document, err := range s.documents(ctx, collection, find) {
		if err != nil {
			yield(points.TraceSummary{}, s.where.Wrap(err))
			return
		}
		id := document.Lookup("base_id")
		timestamp, dated := document.Lookup("timestamp").StringValueOK()
		g, found := groups[string(id.Value)]
		if !found {
			g = &group{id: bson.RawValue{Type: id.Type, Value: slices.Clone(id.Value)}, timestamp: timestamp}
			groups[string(id.Value)], order = g, append(order, g)
		}
		g.documents++
		g.newest = max(g.newest, timestamp)
		if dated && (g.timestamp == "" || timestamp < g.timestamp) {
			g.timestamp = timestamp
		}
	}
	for _, g := range order {
		if filter == points.ErrorTraces {
			g.documents, g.newest = 0, ""
		}
		trace, err := summaryOf(g.id, g.timestamp, g.newest, g.documents)
		if !yield(trace, s.where.Wrap(err)) {
			return
		}
	}
}
