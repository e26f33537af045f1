// SPDX-License-Identifier: Apache-2.0

//go:build !race

package main

import (
	"runtime"
	"strings"
	"testing"
)

// The race detector makes sync.Pool drop items at random, so allocations are
// counted without it.

// gophercloudAlone is the number of allocations of a request of gophercloud by
// itself, with the Go release of allocations.txt. Most of them are
// encoding/json's, which allocates more in Go 1.27.
const gophercloudAlone = 65

// Off costs nothing, and the page is right: no operation of the library
// allocates more than allocations.txt says.
func TestAllocations(t *testing.T) {
	most := readFile(t, "allocations.txt")
	listed := 0
	for group, operations := range groups {
		more := 0.0
		for _, o := range operations(nil) {
			if strings.HasPrefix(group, "Gophercloud") && o.name == "by=none" {
				more = max(0, testing.AllocsPerRun(100, o.run)-gophercloudAlone)
			}
			if !strings.Contains(o.name, "osprofiler") {
				continue
			}
			limits := most.values[group+"/"+o.name]
			listed++
			if len(limits["allocs/op"]) != 1 {
				t.Errorf("%s/%s: allocations.txt does not have one figure for it", group, o.name)
				continue
			}
			if got := testing.AllocsPerRun(100, o.run); got > limits["allocs/op"][0]+more {
				t.Errorf("%s/%s: %v allocations, want at most %v", group, o.name, got, limits["allocs/op"][0]+more)
			}
			for _, limit := range limits["B/op"] {
				if got := bytesPerRun(o.run); got > limit {
					t.Errorf("%s/%s: %v bytes, want at most %v", group, o.name, got, limit)
				}
			}
		}
	}
	if listed != len(most.names) {
		t.Errorf("allocations.txt has %d operations, of %d", len(most.names), listed)
	}
}

func bytesPerRun(run func()) float64 {
	const runs = 1000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		run()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / runs
}
