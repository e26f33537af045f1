// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestInterval(t *testing.T) {
	// The value is from a table of Student's t distribution, with 4 degrees of freedom.
	i := newInterval([]float64{0.01, 0.02, 0.03, 0.04, 0.05})
	if math.Abs(i.mean-0.03) > 1e-12 || math.Abs(i.spread-0.0158114) > 1e-6 || math.Abs(i.half()-0.0196324) > 1e-5 {
		t.Errorf("mean %v, spread %v, half %v", i.mean, i.spread, i.half())
	}
	if got := i.String(); got != "1.030 (1.010 to 1.051)" {
		t.Errorf("interval %s", got)
	}
	for degrees, want := range map[int]float64{1: 12.706, 14: 2.145, 30: 2.042, 40: 2.021, 60: 2.000, 120: 1.980} {
		if got := student(degrees); math.Abs(got-want) > 0.0015 {
			t.Errorf("t of %d degrees: %v, want %v", degrees, got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, test := range []struct {
		of        interval
		low, high float64
		says      string
	}{
		{interval{n: 15, mean: 0, spread: 0.02}, 0.97, 1.03, "shown, 1.000 (0.989 to 1.011)"},
		{interval{n: 15, mean: -0.2, spread: 0.02}, 0, 1.03, "shown"},
		{interval{n: 15, mean: 0, spread: 0.2}, 0.97, 1.03, "would take 176 rounds"},
		{interval{n: 15, mean: 0.05, spread: 0.02}, 0.97, 1.03, "outside"},
	} {
		if got := test.of.verdict(test.low, test.high); !strings.Contains(got, test.says) {
			t.Errorf("%+v: %s, want %q", test.of, got, test.says)
		}
	}
}

func TestReadWrk(t *testing.T) {
	const output = `Running 1s test @ http://127.0.0.1:1/
  2 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.15ms    1.90ms  41.51ms   94.60%
    Req/Sec    27.13k     7.05k   40.42k    60.00%
  Latency Distribution
     50%  720.00us
     75%    1.20ms
     90%    2.15ms
     99%    1.01s 
  53948 requests in 1.00s, 7.05MB read
Requests/sec:  53838.12
Transfer/sec:      7.03MB
`
	m, err := readWrk(output)
	if want := (measurement{throughput: 53838.12, p50: 720 * time.Microsecond, p99: 1010 * time.Millisecond}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range []string{"", output + "  Non-2xx or 3xx responses: 1\n", output + "  Socket errors: connect 0, read 1, write 0, timeout 0\n"} {
		if _, err := readWrk(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}
