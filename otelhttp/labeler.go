// SPDX-License-Identifier: Apache-2.0

package otelhttp

import (
	"context"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// The keys under which contrib's otelhttp looks for a Labeler in a context. Where
// it finds none, it makes one, and a context that carries it. The contexts of this
// package carry a Labeler already; that of the context around them comes first.
var (
	clientLabelerKey = keyAskedBy(func(ctx context.Context) { otelhttp.ClientLabelerFromContext(ctx) })
	serverLabelerKey = keyAskedBy(func(ctx context.Context) { otelhttp.LabelerFromContext(ctx) })
)

// keyAskedBy returns the key for which a function asks its context.
func keyAskedBy(ask func(context.Context)) any {
	asked := &askedContext{Context: context.Background()}
	ask(asked)
	return asked.key
}

type askedContext struct {
	context.Context
	key any
}

func (c *askedContext) Value(key any) any {
	c.key = key
	return nil
}
