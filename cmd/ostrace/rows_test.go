// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// first keeps the same traces as sorting all of them does, whatever their order
// is and however often the store yields them.
func TestFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) // the same traces each time
	for range 300 {
		var all []points.TraceSummary
		for i := range random.IntN(40) {
			begin := time.Unix(int64(random.IntN(10)), 0)
			all = append(all, points.TraceSummary{BaseID: strconv.Itoa(i), Timestamp: begin, Newest: begin.Add(time.Duration(random.IntN(5)))})
		}
		added := slices.Concat(all, all[:random.IntN(len(all)+1)])
		random.Shuffle(len(added), func(i, j int) { added[i], added[j] = added[j], added[i] })
		for name, order := range map[string]order{"newest": newestFirst, "slowest": slowestFirst} {
			limit := random.IntN(50)
			kept := newFirst(order, limit)
			for _, s := range added {
				kept.add(s)
			}
			want := slices.SortedFunc(slices.Values(all), order)
			more := limit > 0 && len(want) > limit
			if more {
				want = want[:limit]
			}
			if got := kept.sorted(); !reflect.DeepEqual(got, want) || kept.more != more {
				t.Fatalf("%s, %d of %v: got %v (more: %t), want %v", name, limit, added, got, kept.more, want)
			}
			if limit > 0 && cap(kept.list) > 2*limit+8 {
				t.Errorf("room for %d of %d", cap(kept.list), limit)
			}
		}
	}
}
