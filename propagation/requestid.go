// SPDX-License-Identifier: Apache-2.0

package propagation

import (
	"context"

	"github.com/ostrace/ostrace/internal/requestid"
)

type globalRequestIDKey struct{}

// ContextWithGlobalRequestID returns a context whose requests carry the global
// request id that came in to a service. Where the id is not req- and a UUID in
// lower case, OpenStack's services would drop it (oslo.middleware, request_id),
// and ContextWithGlobalRequestID returns ctx.
func ContextWithGlobalRequestID(ctx context.Context, id string) context.Context {
	if !requestid.IsGlobal(id) {
		return ctx
	}
	return context.WithValue(ctx, globalRequestIDKey{}, id)
}

// IncomingGlobalRequestID returns the global request id that came in, or an
// empty text.
func IncomingGlobalRequestID(ctx context.Context) string {
	id, _ := ctx.Value(globalRequestIDKey{}).(string)
	return id
}
