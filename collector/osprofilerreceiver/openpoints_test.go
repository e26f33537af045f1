// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

func TestOpenPoints(t *testing.T) {
	start := func(id string) points.Notification {
		return points.Notification{Name: "db-start", BaseID: "b", TraceID: id}
	}
	stop := func(id string) points.Notification {
		return points.Notification{Name: "db-stop", BaseID: "b", TraceID: id}
	}
	now := time.Unix(1000, 0)
	o := newOpenPoints(nil)
	o.most = 3
	if both := o.add(start("1"), now); both != nil || o.len() != 1 {
		t.Errorf("%v, %d open", both, o.len())
	}
	if both := o.add(start("1"), now); both != nil || o.len() != 1 {
		t.Errorf("the same start again: %v, %d open", both, o.len())
	}
	if halves := o.halves([]points.Notification{stop("1"), stop("2")}); len(halves) != 1 || halves[0].TraceID != "1" {
		t.Errorf("the halves are %v", halves)
	}
	if both := o.add(stop("1"), now); len(both) != 2 || o.len() != 0 {
		t.Errorf("%v, %d open", both, o.len())
	}
	if changes := o.changes(); !changes.none() {
		t.Errorf("a point that was never stored has the changes %v", changes)
	}
	if both := o.add(stop("2"), now); both != nil {
		t.Errorf("a stop alone: %v", both)
	}
	if both := o.add(start("2"), now); len(both) != 2 {
		t.Errorf("a start after its stop: %v", both)
	}
	other := stop("3")
	other.BaseID = "another"
	if o.add(start("3"), now) != nil || o.add(other, now) != nil || o.len() != 2 {
		t.Errorf("points of two traces: %d open", o.len())
	}
	if expired := o.expired(now); len(expired) != 0 {
		t.Errorf("expired too early: %v", expired)
	}
	o.add(start("4"), now.Add(time.Second))
	if expired := o.expired(now.Add(time.Millisecond)); len(expired) != 2 || o.len() != 1 {
		t.Errorf("expired: %v, %d open", expired, o.len())
	}
	for _, id := range []string{"5", "6", "7", "8"} {
		o.add(start(id), now)
	}
	if expired := o.expired(time.Time{}); len(expired) != 2 || expired[0].TraceID != "4" || expired[1].TraceID != "5" {
		t.Errorf("of 5 open points, of which 3 may be: %v", expired)
	}
}
