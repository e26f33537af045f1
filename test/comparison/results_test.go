// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
	"time"
)

// A difference is that of the set-up and the baseline of the same block. What a set-up
// does out of its turns is in it only where a part of the work is done later, and only
// for services that the work uses.
func TestDifferences(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	rowOf := func(place int, setup string, cpu, outOfTurn int) row {
		return row{round: 1, place: place, setup: setup, work: workList, calls: 10, cpu: ms(cpu), outOfTurn: ms(outOfTurn)}
	}
	of := func(service string, r row) row {
		r.of = service
		return r
	}
	r := newResults([]row{
		rowOf(1, nothing, 100, 50), rowOf(1, "redis", 120, 70), rowOf(1, "otlp", 120, 70),
		of("neutron", rowOf(1, nothing, 90, 5)), of("neutron", rowOf(1, "redis", 110, 15)), of("neutron", rowOf(1, "otlp", 110, 15)),
		of("cinder-volume", rowOf(1, nothing, 10, 45)), of("cinder-volume", rowOf(1, "redis", 10, 30)), of("cinder-volume", rowOf(1, "otlp", 5, 30)),
		of("sink", rowOf(1, nothing, 0, 0)), of("sink", rowOf(1, "otlp", 5, 10)),
		rowOf(2, nothing, 200, 10), rowOf(2, "redis", 240, 10),
		rowOf(3, "redis", 500, 10), // the block has no baseline
	})
	for _, test := range []struct {
		setup    string
		absolute []float64 // ms of a call
		percent  []float64
	}{
		{"redis", []float64{2, 4}, []float64{20, 20}},
		{"otlp", []float64{4}, []float64{40}},
		{"native", nil, nil},
	} {
		absolute, percent := r.differences(subject{test.setup, workList, ""}, cpuOfCall)
		for i := range absolute {
			absolute[i] = float64(int(absolute[i]*1e6+0.5)) / 1000
			percent[i] = float64(int(percent[i]*1000+0.5)) / 1000
		}
		if !slices.Equal(absolute, test.absolute) || !slices.Equal(percent, test.percent) {
			t.Errorf("%s: %v ms, %v %%", test.setup, absolute, percent)
		}
	}
}

// An idle cloud has spans in some blocks, and in others none.
func TestIdle(t *testing.T) {
	r := newResults([]row{
		{round: 1, setup: "native", work: workIdle, window: 6 * time.Second, spans: spans{rpc: 12}},
		{round: 1, setup: "native", work: workIdle, of: "cinder", spans: spans{rpc: 12}},
		{round: 2, setup: "native", work: workIdle, window: 6 * time.Second},
	})
	for _, service := range []string{"", "cinder"} {
		if got := r.idle("native", service, allSpans); got != 1 {
			t.Errorf("%q has %v spans in a second, want 1", service, got)
		}
	}
}

// The spans of a work are those that an idle cloud does not have in the same time.
func TestSpansOfWork(t *testing.T) {
	r := newResults([]row{
		{round: 1, setup: "native", work: workIdle, window: 6 * time.Second, spans: spans{rpc: 12}},
		{round: 1, setup: "native", work: workServer, calls: 4, window: 10 * time.Second, spans: spans{httpServer: 8, rpc: 28}},
		{round: 1, setup: "redis", work: workServer, calls: 4, window: 10 * time.Second, spans: spans{httpServer: 8}},
	})
	for _, test := range []struct {
		setup string
		of    quantity
		want  float64
	}{
		{"native", allSpans, 4}, {"native", ofLayer(int(rpc)), 2}, {"native", ofLayer(int(sql)), 0}, {"redis", allSpans, 2}, {"otlp", allSpans, 0},
	} {
		if got := r.ofWork(subject{test.setup, workServer, ""}, test.of); got != test.want {
			t.Errorf("%s: %v, want %v", test.setup, got, test.want)
		}
	}
}
