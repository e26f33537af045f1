// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/redis"
)

// Store is what was found out about the store.
type Store struct {
	// Traces is the number of traces in the store, and TracesRead the number of those
	// that were read, without the examination's own requests.
	Traces     int `json:"traces"`
	TracesRead int `json:"traces_read"`
	// BytesPerTrace is the mean size of the traces that were read, in the form in
	// which the services wrote them. BytesPerDay is the estimated size of the traces
	// that began in the last 24 hours.
	BytesPerTrace int64 `json:"bytes_per_trace,omitempty"`
	BytesPerDay   int64 `json:"bytes_per_day,omitempty"`
	// Limited says whether the growth of the store is limited. It is not tested for
	// other stores than Redis.
	Limited Verdict `json:"limited"`
	// Retention is what Redis says about its memory.
	Retention *redis.Retention `json:"redis,omitempty"`

	read int // the bytes of the traces that were read
}

// limiter is a store that can tell how long it keeps traces.
type limiter interface {
	Retention(context.Context) (redis.Retention, error)
}

// grow finds out how fast the store grows, and whether that is limited.
func (ts *traces) grow(ctx context.Context, all []points.TraceSummary) {
	ts.store.Traces = len(all)
	today := 0
	for _, summary := range all {
		if ts.own[summary.BaseID] && summary.BaseID != ts.written {
			ts.store.Traces--
		} else if ts.now.Sub(summary.Timestamp) <= 24*time.Hour {
			today++
		}
	}
	if ts.store.TracesRead > 0 {
		ts.store.BytesPerTrace = int64(ts.store.read / ts.store.TracesRead)
		ts.store.BytesPerDay = ts.store.BytesPerTrace * int64(today)
	}
	l, ok := ts.Store.(limiter)
	if !ok {
		return
	}
	retention, err := l.Retention(ctx)
	if err != nil { // such as a user of Redis who may not ask
		ts.notes = append(ts.notes, fmt.Sprintf("Redis does not say what limits its growth: %s.", err))
		return
	}
	ts.store.Retention = &retention
	ts.store.Limited = verdict(retention.Limited())
}
