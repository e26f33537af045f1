// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
)

// step opens a span for a part of the work. The function that it returns ends
// the span with the part's error, and returns that error.
func step(ctx context.Context, name string) (context.Context, func(error) error) {
	ctx, span := otel.Tracer("github.com/ostrace/ostrace/examples/createserver").Start(ctx, name)
	return ctx, func(err error) error {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
		return err
	}
}
