// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ostrace/ostrace/points"
)

// callWriter writes traces in the form that
// cmd/ostrace/internal/diff/testdata/changes.md specifies.
type callWriter struct {
	out   *bufio.Writer
	infos map[string]int // the numbers of the descriptions
}

func (w *callWriter) write(set string, t *points.Trace) error {
	all := slices.Collect(t.All())
	slices.SortStableFunc(all, func(a, b *points.Point) int { return a.Started().Compare(b.Started()) })
	number, ids := make(map[string]int, len(all)), map[string]int{}
	for i, p := range all {
		number[p.TraceID] = i + 1
	}
	fmt.Fprintf(w.out, "# %s\n", set)
	before := all[0].Started()
	for i, p := range all {
		info, err := w.info(p, ids)
		if err != nil {
			return err
		}
		above := 0
		if parent, ok := number[p.ParentID]; ok {
			above = i + 1 - parent
		}
		duration := ""
		if p.Start != nil && p.Stop != nil {
			duration = strconv.FormatInt(p.Finished().Sub(p.Started()).Microseconds(), 10)
		}
		failed, err := infoOf(p.Stop)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%d\t%d\t%s\t%d", above, p.Started().Sub(before).Microseconds(), duration, info)
		if failed.Etype != "" {
			fmt.Fprintf(w.out, "\t%s", failed.Etype)
		}
		w.out.WriteByte('\n')
		before = p.Started()
	}
	return nil
}

// info returns the number of a point's description, which it writes the first time. It
// leaves out the values that differ from trace to trace: the arguments of functions
// and statements, and the ids in paths, which become numbers.
func (w *callWriter) info(p *points.Point, ids map[string]int) (int, error) {
	all := map[string]map[string]any{}
	if p.Start != nil {
		var payload struct{ Info map[string]json.RawMessage }
		if err := json.Unmarshal(p.Start.Payload, &payload); err != nil {
			return 0, err
		}
		for name, value := range payload.Info {
			var members map[string]any
			if json.Unmarshal(value, &members) == nil {
				all[name] = members
			}
		}
	}
	for _, members := range all {
		for _, name := range []string{"args", "kwargs", "params", "query"} {
			delete(members, name)
		}
		if path, ok := members["path"].(string); ok {
			members["path"] = anyUUID.ReplaceAllStringFunc(path, func(id string) string {
				if _, ok := ids[id]; !ok {
					ids[id] = len(ids)
				}
				return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids[id])
			})
		}
	}
	info, err := json.Marshal(all)
	if err != nil {
		return 0, err
	}
	description := strings.Join([]string{pointName(p), p.Project, p.Service, string(info)}, "\t")
	n, ok := w.infos[description]
	if !ok {
		n = len(w.infos)
		w.infos[description] = n
		fmt.Fprintf(w.out, "= %s\n", description)
	}
	return n, nil
}

func pointName(p *points.Point) string {
	if p.Start != nil {
		return strings.TrimSuffix(p.Start.Name, "-start")
	}
	return strings.TrimSuffix(p.Stop.Name, "-stop")
}
