// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// largest is a writer that keeps the length of the longest text written to it.
type largest int

func (l *largest) Write(text []byte) (int, error) {
	*l = max(*l, largest(len(text)))
	return len(text), nil
}

// A report is written while it is made, however deep it is, because it is
// larger than the trace. It is never in memory as a whole.
func TestReportIsStreamed(t *testing.T) {
	var longest largest
	if err := chain(t, 4000).WriteReport(&longest); err != nil {
		t.Fatal(err)
	}
	if longest > 256<<10 {
		t.Errorf("%d bytes at once", longest)
	}
}

// named yields the notifications of one point, each with another name.
func named(count int) func(func(points.Notification, error) bool) {
	at := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	return func(yield func(points.Notification, error) bool) {
		for i := range count {
			n := points.Notification{Name: "a" + strconv.Itoa(i) + "-start", BaseID: imageShow, TraceID: "1", ParentID: "0", Timestamp: at,
				Payload: []byte(strconv.Itoa(i))}
			if !yield(n, nil) {
				return
			}
		}
	}
}

// A point keeps the last payload of each name, at the place of the first.
func TestManyNames(t *testing.T) {
	for _, count := range []int{2, 8, 9, 100} {
		tr, err := points.NewTrace(imageShow, func(yield func(points.Notification, error) bool) {
			for range 2 {
				named(count)(func(n points.Notification, err error) bool { return yield(n, err) })
			}
			named(1)(func(n points.Notification, err error) bool {
				n.Payload = []byte(`"last"`)
				return yield(n, err)
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		other, err := points.NewTrace(imageShow, func(yield func(points.Notification, error) bool) {
			named(count)(func(n points.Notification, err error) bool {
				if n.Name == "a0-start" {
					n.Payload = []byte(`"last"`)
				}
				return yield(n, err)
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := report(t, tr), report(t, other); got != want {
			t.Errorf("%d names: got\n%s\nwant\n%s", count, got, want)
		}
	}
}

// Time and memory grow with the number of names, and not with its square.
func BenchmarkNames(b *testing.B) {
	for _, count := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := points.NewTrace(imageShow, named(count)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/name")
		})
	}
}

// Time grows with the number of escapes in a text, and not with its square. Python
// writes every character that is not ASCII as an escape.
func BenchmarkEscapes(b *testing.B) {
	for _, count := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			payload := fmt.Appendf(nil, `{"name": "a-start", "trace_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {"text": "%s", "host": "vm"}}`,
				strings.Repeat(`\u00e9`, count))
			for b.Loop() {
				if n, err := points.ParseNotification(payload); err != nil || n.Host != "vm" {
					b.Fatal(n.Host, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/escape")
		})
	}
}

// Time and memory grow with the length of the chain, and not with its square.
func BenchmarkReportOfAChain(b *testing.B) {
	for _, length := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(length), func(b *testing.B) {
			tr := chain(b, length)
			b.ReportAllocs()
			for b.Loop() {
				if err := tr.WriteReport(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(length), "ns/point")
		})
	}
}
