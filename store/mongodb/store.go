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

// The database and the collections of OSProfiler's driver
// (osprofiler/drivers/mongodb.py).
const (
	database                = "osprofiler"
	notificationsCollection = "profiler"
	errorsCollection        = "profiler_error"
)

const (
	selectionTimeout = 5 * time.Second
	closeTimeout     = 5 * time.Second
)

// Store reads the notifications of OSProfiler's driver in MongoDB. It
// implements [points.Store].
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
// the first use of the store does. But it looks up the hosts of mongodb+srv://
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
		if escape := url.EscapeError(""); errors.As(err, &escape) { // the error shows a part of the password
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

// Format writes the connection string without its user, password and options,
// for every verb.
func (s *Store) Format(f fmt.State, verb rune) { s.where.Format(f, verb) }

// Close closes the store's connections.
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

// Notifications yields the notifications of a trace in the collection's order,
// as OSProfiler's driver does. The Payload is the document without _id, as the
// JSON that "osprofiler trace show --json" prints. Types of BSON for which
// there is no JSON are written as MongoDB's Extended JSON; OSProfiler does not
// store any.
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

// documents yields the documents that a query finds in a collection. Each is
// valid only until the next one. Nothing follows an error. The limits end the
// reading of a server that never ends.
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
			// This tells the server that the rest is not needed, also when the
			// context has ended.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = cursor.Close(ctx) // otherwise the server closes it later by itself
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
