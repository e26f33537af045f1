// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// chain returns a trace in which each point is the parent of the next.
func chain(t testing.TB, length int) *points.Trace {
	t.Helper()
	begin := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	tr, err := points.NewTrace(imageShow, func(yield func(points.Notification, error) bool) {
		parent := imageShow
		for i := range length {
			id := fmt.Sprintf("00000000-0000-4000-8000-%012x", i+1)
			for _, half := range []string{"rpc-start", "rpc-stop"} {
				n := points.Notification{Name: half, BaseID: imageShow, TraceID: id, ParentID: parent, Timestamp: begin,
					Payload: []byte(`{"name": "` + half + `", "base_id": "` + imageShow + `", "trace_id": "` + id + `", "timestamp": "2026-01-31T00:00:00.0"}`)}
				if !yield(n, nil) {
					return
				}
			}
			parent = id
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// The report of a chain of points grows with its length, not with its square.
func TestReportOfAChain(t *testing.T) {
	short, long := report(t, chain(t, 1000)), report(t, chain(t, 4000))
	if len(long) > 5*len(short) {
		t.Errorf("%d bytes of 1000 points, %d of 4000", len(short), len(long))
	}
	for _, text := range []string{long, strings.ReplaceAll(long, "  ", "")} {
		tr, err := points.ReadReport(bytes.NewReader([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		if tr.Len() != 4000 || len(tr.Points) != 1 || tr.BaseID != imageShow || len(tr.Defects.Notes()) > 0 {
			t.Errorf("read again: %d points, %d at the top, base_id %q, %q", tr.Len(), len(tr.Points), tr.BaseID, tr.Defects.Notes())
		}
	}
}

// The lines of a report are indented by two blanks a level, and from level 100 on
// no further.
func TestReportOfAChainIsIndented(t *testing.T) {
	deepest := 0
	for line := range strings.Lines(report(t, chain(t, 200))) {
		if text := strings.TrimLeft(line, " "); strings.HasPrefix(text, `"info"`) {
			deepest = max(deepest, len(line)-len(text))
		}
	}
	if deepest != 200 {
		t.Errorf("the deepest point is indented by %d blanks", deepest)
	}
}

func TestReportThatIsTooDeep(t *testing.T) {
	const point = `{"trace_id": "1", "parent_id": "0", "info": {}, "children": [`
	_, err := points.ReadReport(strings.NewReader(`{"children": [` + strings.Repeat(point, 4_501)))
	if err == nil || !strings.Contains(err.Error(), "more than 4500 deep") {
		t.Errorf("%v", err)
	}
}
