// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

// sighting is what was recorded of one request.
type sighting struct {
	// found says that the store has points under the request's base_id.
	found bool
	// storedIn says where the service's point was seen: "store" or "back end". It is
	// empty if it was not seen.
	storedIn string
	// start and stop are the times of that point, by the service's clock.
	start, stop time.Time
	// elsewhere says that the service's point is not there, but a point below it is.
	elsewhere bool
	// native says that the back end has a span of the service's own OpenTelemetry.
	native bool
}

// The values of sighting.storedIn.
const (
	inStore   = "store"
	inBackEnd = "back end"
	elsewhere = "elsewhere"
)

// look looks for the record of a request in the store and the back end.
func (e *examination) look(ctx context.Context, r *request) (sighting, error) {
	var s sighting
	if e.Store != nil {
		t, err := e.stored(ctx, r.trace.baseID())
		if err != nil {
			return s, err
		}
		if t.Len() > 0 {
			s = sightingOf(t, r.trace)
		}
	}
	if e.BackEnd != nil {
		spans, err := e.BackEnd.spans(ctx, r.trace.trace)
		if err != nil {
			return s, err
		}
		s.add(spans, r.trace)
	}
	return s, nil
}

// stored returns what the store has under a base_id.
func (e *examination) stored(ctx context.Context, baseID string) (*points.Trace, error) {
	return points.NewTrace(baseID, e.Store.Notifications(ctx, baseID))
}

// sightingOf looks for a request in the trace that a store has of it.
func sightingOf(t *points.Trace, sent ids) (s sighting) {
	s.found = true
	for _, p := range t.Points { // their parents are not stored
		switch parent, ok := propagation.SpanID(p.ParentID); {
		case ok && parent == sent.span:
			s.storedIn, s.start, s.stop = inStore, p.Started(), p.Finished()
		case ok && p.ParentID != t.BaseID:
			s.elsewhere = true
		}
	}
	s.elsewhere = s.elsewhere && s.storedIn == ""
	return s
}

// add adds what the back end has. The spans of OSProfiler's drivers for it have
// other names than those of oslo.middleware.
func (s *sighting) add(spans []span, sent ids) {
	known := map[string]bool{}
	for _, span := range spans {
		known[span.ID] = true
	}
	for _, span := range spans {
		switch below := span.Parent == sent.span.String(); {
		case below && span.osprofiler():
			s.storedIn, s.start, s.stop = inBackEnd, span.Start, span.Stop
			s.elsewhere = false
		case below:
			s.native = true
		case span.osprofiler() && span.Parent != "" && !known[span.Parent] && s.storedIn == "":
			s.elsewhere = true
		}
	}
}
