// SPDX-License-Identifier: Apache-2.0

package points

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ostrace/ostrace/propagation"
)

// ErrNotFound is wrapped by the error about a trace of which the store has
// nothing.
var ErrNotFound = errors.New("no such trace")

// Fetch reads a trace from a store. id is its base_id, or its trace id in
// OpenTelemetry's 32 hex digits. OSProfiler finds a trace only by the exact
// text of its base_id. Fetch tries id as it is, and then the same id in the
// forms in which OSProfiler's own clients and this module write it.
//
// The error wraps [ErrNotFound] or is the store's error.
func Fetch(ctx context.Context, s Store, id string) (*Trace, error) {
	for _, baseID := range spellings(id) {
		t, err := NewTrace(baseID, s.Notifications(ctx, baseID))
		if err != nil {
			return nil, err
		}
		if t.Len() > 0 || t.Defects.Unreadable > 0 {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNotFound, id)
}

// spellings returns the texts under which a trace may have been stored.
func spellings(id string) []string {
	ids := []string{id}
	traceID, ok := propagation.TraceID(id)
	if !ok {
		return ids
	}
	uuid := propagation.BaseID(traceID)
	for _, spelling := range [...]string{uuid, strings.ToUpper(uuid), traceID.String()} {
		if spelling != id {
			ids = append(ids, spelling)
		}
	}
	return ids
}
