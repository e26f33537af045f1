// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// Where OSProfiler's driver stores (osprofiler/drivers/mongodb.py).
const (
	database                = "osprofiler"
	notificationsCollection = "profiler"
	errorsCollection        = "profiler_error"
)

const (
	selectionTimeout = 5 * time.Second
	closeTimeout     = 5 * time.Second
)

// Store is what OSProfiler's driver keeps in a MongoDB. It is a [points.Store].
type Store struct {
	where   connection.String
	options *options.ClientOptions
	limits  limit.Limits

	mu     sync.Mutex
	client *mongo.Client // nil before the first use
	closed bool
}

var _ points.Store = (*Store)(nil)

// Open returns the store that a connection string names. It does not connect:
// the first use of the store does. But the hosts of mongodb+srv:// are looked up
// in the DNS.
func Open(connectionString string) (*Store, error) {
	where, opts, err := parse(connectionString)
	if err != nil {
		return nil, err
	}
	return &Store{where: where, options: opts, limits: limit.Default()}, nil
}

func parse(connectionString string) (connection.String, *options.ClientOptions, error) {
	where, err := connection.Parse(connectionString)
	if err != nil {
		return where, nil, err
	}
	opts := options.Client().ApplyURI(connectionString)
	if err := opts.Validate(); err != nil {
		if escape := url.EscapeError(""); errors.As(err, &escape) { // which shows a part of the password
			return where, nil, where.Errorf("there is a %% in the user or the password that is not written as %%25")
		}
		return where, nil, where.Wrap(err)
	}
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(selectionTimeout)
	}
	return where, opts, nil
}

// collection returns one of OSProfiler's collections.
func (s *Store) collection(name string) (*mongo.Collection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, mongo.ErrClientDisconnected
	}
	if s.client == nil {
		client, err := mongo.Connect(s.options)
		if err != nil {
			return nil, err
		}
		s.client = client
	}
	return s.client.Database(database).Collection(name), nil
}

// Format writes where the store is, for every verb: the connection string without
// its user, password and options.
func (s *Store) Format(f fmt.State, verb rune) { s.where.Format(f, verb) }

// Close ends the store's connections.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed = true; s.client == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	client := s.client
	s.client = nil
	return s.where.Wrap(client.Disconnect(ctx))
}

// Notifications yields what the store holds of a trace, in the collection's
// order, as OSProfiler's driver reads it. Its Payload is the document without
// _id, as the JSON that "osprofiler trace show --json" prints of it; types of
// BSON that have no JSON, which OSProfiler doesn't store, are written as
// MongoDB's Extended JSON.
func (s *Store) Notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return s.limits.Notifications(s.where, s.notifications(ctx, baseID))
}

func (s *Store) notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		find := func(collection *mongo.Collection) (*mongo.Cursor, error) {
			return collection.Find(ctx,
				bson.D{{Key: "base_id", Value: baseID}}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}}))
		}
		for document, err := range s.documents(ctx, notificationsCollection, find) {
			if err != nil {
				yield(points.Notification{}, s.where.Wrap(err))
				return
			}
			var n points.Notification
			payload, err := toJSON(document)
			if err == nil {
				n, err = points.ParseNotification(payload)
			}
			if !yield(n, s.where.Wrap(err)) {
				return
			}
		}
	}
}

// documents yields what a query finds in a collection, each valid only until the
// next. An error is the last. A server that never says that there is no more is
// not asked for ever.
func (s *Store) documents(ctx context.Context, name string, query func(*mongo.Collection) (*mongo.Cursor, error)) iter.Seq2[bson.Raw, error] {
	return limit.Each(s.limits, func(yield func(bson.Raw, error) bool) {
		collection, err := s.collection(name)
		if err != nil {
			yield(nil, err)
			return
		}
		cursor, err := query(collection)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() {
			// The server is told that the rest is not wanted, also when the
			// context has ended.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = cursor.Close(ctx) // the server drops it by itself, if later
		}()
		var progress limit.Progress
		for {
			found := cursor.TryNext(ctx)
			if found && !yield(cursor.Current, nil) {
				return
			}
			err := cursor.Err()
			if err == nil {
				err = progress.Answer(s.limits, found)
			}
			switch {
			case err != nil:
				yield(nil, err)
				return
			case !found && cursor.ID() == 0:
				return
			}
		}
	})
}
