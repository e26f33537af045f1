// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"errors"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// memoryStorage is a storage extension that keeps its values over the life of
// receivers. It can stop to store at any operation, as if the process were killed
// there.
type memoryStorage struct {
	mu     sync.Mutex
	values map[string][]byte
	// left is the number of operations that are still carried out, or negative
	// without a limit.
	left int
	// killed is called when left is 0.
	killed func()
}

var errKilled = errors.New("the process was killed")

func newMemoryStorage() *memoryStorage {
	return &memoryStorage{values: map[string][]byte{}, left: -1, killed: func() {}}
}

var storageID = component.MustNewID("memory_storage")

func (s *memoryStorage) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{storageID: s}
}

func (*memoryStorage) Start(context.Context, component.Host) error { return nil }
func (*memoryStorage) Shutdown(context.Context) error              { return nil }

func (s *memoryStorage) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return memoryClient{s}, nil
}

type memoryClient struct{ *memoryStorage }

func (c memoryClient) Close(context.Context) error { return nil }

func (c memoryClient) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

func (c memoryClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c memoryClient) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

// Batch carries out a part of the operations if the process is killed there.
func (c memoryClient) Batch(_ context.Context, ops ...*storage.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, op := range ops {
		if op.Type == storage.Get {
			op.Value = slices.Clone(c.values[op.Key])
			continue
		}
		if c.left == 0 {
			c.killed()
			return errKilled
		}
		if c.left > 0 {
			c.left--
		}
		if op.Type == storage.Set {
			c.values[op.Key] = slices.Clone(op.Value)
		} else {
			delete(c.values, op.Key)
		}
	}
	return nil
}
