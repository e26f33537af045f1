// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/ostrace/ostrace/points"
)

func TestWrite(t *testing.T) {
	r, s := start(t)
	first, second := text(traceID, 1, ""), text(traceID, 2, `, "etype": "ValueError"`)
	stored := []points.Notification{
		{BaseID: traceID, Payload: []byte(first), Timestamp: began},
		{BaseID: traceID, Payload: []byte(second), Timestamp: began.Add(time.Hour).In(time.FixedZone("", 3600))},
		{BaseID: otherID, Payload: []byte(text(otherID, 3, ""))},
	}
	if err := s.Write(t.Context(), nil); err != nil || len(r.Keys()) != 0 {
		t.Errorf("nothing to write: %v", err)
	}
	if err := s.Write(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	if list, err := r.List("osprofiler_opt:" + traceID); err != nil || !slices.Equal(list, []string{second, first}) {
		t.Errorf("stored %q (%v)", list, err)
	}
	var got mark
	text, err := r.Get("osprofiler_error:" + traceID)
	if err == nil {
		err = json.Unmarshal([]byte(text), &got)
	}
	if want := (mark{traceID, "2026-02-01T00:59:59.123456"}); err != nil || got != want {
		t.Errorf("marked as failed with %s (%v), want %v", text, err, want)
	}
	if want := []string{"osprofiler_error:" + traceID, "osprofiler_opt:" + traceID, "osprofiler_opt:" + otherID}; !slices.Equal(r.Keys(), want) {
		t.Errorf("the keys are %q, want %q", r.Keys(), want)
	}
}

// Where one notification can't be written, none is written.
func TestWriteRefuses(t *testing.T) {
	r, s := start(t)
	good := points.Notification{BaseID: traceID, Name: "db-start", Payload: []byte(text(traceID, 1, ""))}
	nameless, broken := good, good
	nameless.BaseID, broken.Payload = "", []byte("{")
	isClear(t, s.Write(t.Context(), []points.Notification{good, nameless}), "without a base_id")
	isClear(t, s.Write(t.Context(), []points.Notification{good, broken}), "the payload of the notification db-start")
	answer(r, "EXEC", func(c *server.Peer, _ []string) bool { c.WriteNull(); return true })
	isClear(t, s.Write(t.Context(), []points.Notification{good}), "transaction failed")
	if keys := r.Keys(); len(keys) != 0 {
		t.Errorf("there are the keys %q", keys)
	}
}
