// SPDX-License-Identifier: Apache-2.0

package points_test

import "testing"

// Findings are looked for in each trace that is shown.
func BenchmarkFindings(b *testing.B) {
	for _, r := range recordings(b) {
		if r.trace.Len() < 3000 {
			continue
		}
		b.ReportMetric(float64(r.trace.Len()), "points")
		for b.Loop() {
			r.trace.Findings()
		}
		return
	}
}
