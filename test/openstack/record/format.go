// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
)

// points/testdata/recordings.md specifies this form.

func headOf(c cloud, r recording, f facts) string {
	state := "cut"
	if f.whole {
		state = "whole"
	}
	return fmt.Sprintf("# %s %s %d %s\n", c.name(), r.client, f.strangers, state)
}

func bodyOf(t *points.Trace, f facts) (string, error) {
	all := slices.Collect(t.All())
	slices.SortStableFunc(all, func(a, b *points.Point) int { return a.Started().Compare(b.Started()) })
	starts := make([]info, len(all))
	byID := map[string]*points.Point{}
	began := all[0].Started()
	for i, p := range all {
		var err error
		if starts[i], err = infoOf(p.Start); err != nil {
			return "", err
		}
		byID[p.TraceID] = p
	}
	servers, ids := numberServers(starts), numbers{t.BaseID: "base"}
	var lines strings.Builder
	for i, p := range all {
		if f.strangers == 0 && isStatement(p) && within(p, byID[p.ParentID]) {
			continue
		}
		stop, err := infoOf(p.Stop)
		if err != nil {
			return "", err
		}
		fields := []string{
			ids.of(p.TraceID), ids.of(p.ParentID), p.Name, p.Project, p.Service, milliseconds(p.Start, began), milliseconds(p.Stop, began),
			starts[i].Function.Name, servers.kwargs(starts[i]), stop.Etype,
		}
		lines.WriteString(strings.Join(fields, "\t") + "\n")
	}
	return lines.String(), nil
}

// numbers has the numbers that stand in the place of ids.
type numbers map[string]string

func (n numbers) of(id string) string {
	if _, ok := n[id]; !ok {
		n[id] = strconv.Itoa(len(n))
	}
	return n[id]
}

// isStatement reports whether a point is a SQL statement.
func isStatement(p *points.Point) bool {
	return slices.Contains([]string{"db", "neutron.db", "placement.db"}, p.Name)
}

// within reports whether a point is whole, and is within its parent's time.
func within(p, parent *points.Point) bool {
	return parent != nil && p.Start != nil && p.Stop != nil && parent.Start != nil && parent.Stop != nil &&
		!p.Started().Before(parent.Started()) && !p.Finished().After(parent.Finished())
}

// milliseconds returns an empty text if the store does not have the
// notification.
func milliseconds(n *points.Notification, began time.Time) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(n.Timestamp.Sub(began).Milliseconds(), 10)
}
