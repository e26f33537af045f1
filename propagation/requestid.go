// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"

	"github.com/ostrace/ostrace/internal/requestid"
)

type globalRequestIDKey struct{}

// ContextWithGlobalRequestID returns a context whose requests carry the global
// request id that a service was given. An id that OpenStack's services would
// drop, because it is not req- and a UUID in lower case (oslo.middleware,
// request_id), is dropped here too: then it returns ctx.
func ContextWithGlobalRequestID(ctx context.Context, id string) context.Context {
	if !requestid.IsGlobal(id) {
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
