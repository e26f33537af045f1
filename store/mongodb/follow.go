// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"context"
	"iter"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ostrace/ostrace/points"
)

var _ points.Follower = (*Store)(nil)

// A page of Follow ends at one of these limits.
const (
	pageDocuments = 1000
	pageBytes     = 1 << 20
)

// settleTime is the age at which Follow reads a document. The id of a document
// begins with the time of the service's clock, and a service can store a document
// with a lower id later.
const settleTime = 30 * time.Second

// Follow implements [points.Follower]. It reads the documents in the order of
// their _id, which PyMongo makes of the time of the service. A document is yielded
// when it is 30 seconds old by the clock of this machine. A document that is
// stored later than 30 seconds after its id was made, or by a service whose clock
// is more than 30 seconds behind, is not yielded. The Payload has the _id too.
func (s *Store) Follow(ctx context.Context, cursor []byte) iter.Seq2[points.Page, error] {
	return func(yield func(points.Page, error) bool) {
		var last bson.ObjectID
		if copy(last[:], cursor) != len(cursor) || len(cursor) != 0 && len(cursor) != len(last) {
			yield(points.Page{}, s.where.Errorf("the cursor is not one of MongoDB"))
			return
		}
		until := bson.NewObjectIDFromTimestamp(time.Now().Add(-settleTime))
		clear(until[4:])
		for more := true; more; {
			var page points.Page
			var err error
			if page, more, err = s.page(ctx, &last, until); err != nil {
				yield(points.Page{}, s.where.Wrap(err))
				return
			}
			if page.Cursor == nil {
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// page reads the documents between two ids, and moves the first of them behind
// what it read. It returns false when there are no more.
func (s *Store) page(ctx context.Context, last *bson.ObjectID, until bson.ObjectID) (page points.Page, more bool, err error) {
	find := func(collection *mongo.Collection) (*mongo.Cursor, error) {
		return collection.Find(ctx,
			bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: *last}, {Key: "$lt", Value: until}}}},
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(pageDocuments))
	}
	documents, size := 0, 0
	for document, err := range s.documents(ctx, notificationsCollection, find) {
		if err != nil {
			return page, false, err
		}
		id, ok := document.Lookup("_id").ObjectIDOK()
		if !ok {
			continue // the query finds none of those
		}
		*last = id
		documents, size = documents+1, size+len(document)
		var n points.Notification
		payload, err := toJSON(document)
		if err == nil {
			n, err = points.ParseNotification(payload)
		}
		if err != nil {
			page.Unreadable = append(page.Unreadable, s.where.Wrap(err))
		} else {
			page.Notifications = append(page.Notifications, n)
		}
		if size >= pageBytes {
			break
		}
	}
	if documents > 0 {
		page.Cursor = slices.Clone(last[:])
	}
	return page, documents == pageDocuments || size >= pageBytes, nil
}
