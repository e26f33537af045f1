// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"
	"strings"
)

type globalRequestIDKey struct{}

// ContextWithGlobalRequestID returns a context whose requests carry the global
// request id that a service was given. An id that OpenStack's services would
// drop, because it is not req- and a UUID in lower case (oslo.middleware,
// request_id), is dropped here too: then it returns ctx.
func ContextWithGlobalRequestID(ctx context.Context, id string) context.Context {
	if !isGlobalRequestID(id) {
		return ctx
	}
	return context.WithValue(ctx, globalRequestIDKey{}, id)
}

// IncomingGlobalRequestID returns the global request id that came in, or
// nothing.
func IncomingGlobalRequestID(ctx context.Context) string {
	id, _ := ctx.Value(globalRequestIDKey{}).(string)
	return id
}

// isGlobalRequestID reports whether id matches
// ^req-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$.
func isGlobalRequestID(id string) bool {
	uuid, ok := strings.CutPrefix(id, "req-")
	if !ok || len(uuid) != uuidLen {
		return false
	}
	for i, c := range []byte(uuid) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}
