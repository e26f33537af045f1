// Package redis reads and writes what OSProfiler's Redis drivers store.
package redis

import (
	"context"
	"errors"
	"iter"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
)

// Store is a Redis.
type Store struct {
	where  connection.String
	client redis.UniversalClient
}

// Open returns the store at a connection string.
func Open(connectionString string) (*Store, error) {
	where, err := connection.Parse(connectionString)
	if err != nil {
		return nil, err
	}
	return &Store{where: where, client: redis.NewClient(&redis.Options{Addr: where.Hosts[0], Username: where.User, Password: where.Password})}, nil
}

// List is points.Store's.
func (s *Store) List(_ context.Context, _ points.Which) iter.Seq2[points.Summary, error] {
	return func(yield func(points.Summary, error) bool) {
		yield(points.Summary{}, s.where.Wrap(errors.ErrUnsupported))
	}
}

// Notifications is points.Store's.
func (s *Store) Notifications(ctx context.Context, baseID string) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		entries, err := s.client.LRange(ctx, "osprofiler_opt:"+baseID, 0, -1).Result()
		if err != nil {
			yield(points.Notification{}, s.where.Wrap(err))
			return
		}
		for _, entry := range entries {
			if !yield(points.Parse([]byte(entry))) {
				return
			}
		}
	}
}

// Close is points.Store's.
func (s *Store) Close() error { return s.client.Close() }
