// SPDX-License-Identifier: Apache-2.0

package waterfall

import "time"

// pageTotal has the sums of a service, or of a kind.
type pageTotal struct {
	Name   string        `json:"name"`
	Spans  int           `json:"spans"`
	Errors int           `json:"errors"`
	Total  time.Duration `json:"total"`
	Self   time.Duration `json:"self"`
}

func pageTotals(list []*service) []pageTotal {
	totals := make([]pageTotal, len(list))
	for i, s := range list {
		totals[i] = pageTotal{s.name, s.spans, s.errors, s.total.time, s.self.time}
	}
	return totals
}
