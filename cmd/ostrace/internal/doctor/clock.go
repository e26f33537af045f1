// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"slices"
	"time"
)

// Clock is the distance between a service's clock and this machine's.
type Clock struct {
	// Ahead is by how many seconds the service's clock is ahead of this machine's. It
	// is negative if the clock is behind. Uncertain is the limit of its error.
	Ahead     float64 `json:"ahead_s"`
	Uncertain float64 `json:"uncertain_s"`
	// Others is by how many seconds the service's clock is ahead of the median of
	// all services. It is 0 if the difference is within the error.
	Others float64 `json:"ahead_of_others_s"`
}

// tolerance is the difference of clocks that is not worth a finding.
const tolerance = 100 * time.Millisecond

// interval are the possible distances of a clock.
type interval struct{ low, high time.Duration }

// during returns the distances that are possible if a point with these times by the
// service's clock was within a request with these times by this machine's clock.
func during(r *request, s sighting) interval {
	return interval{s.stop.Sub(r.ended), s.start.Sub(r.begun)}
}

// and returns the distances that are in both intervals. A clock can be set between
// two requests, so the second one alone decides if there are none.
func (i interval) and(other interval) interval {
	both := interval{max(i.low, other.low), min(i.high, other.high)}
	if both.low > both.high {
		return other
	}
	return both
}

func (i interval) middle() time.Duration { return (i.low + i.high) / 2 }

// setClocks sets the clocks of the services whose distances are known.
func setClocks(clocks map[*Service]interval) {
	if len(clocks) == 0 {
		return
	}
	var middles []time.Duration
	for _, i := range clocks {
		middles = append(middles, i.middle())
	}
	slices.Sort(middles)
	median := middles[(len(middles)-1)/2]
	for service, i := range clocks {
		c := &Clock{Ahead: i.middle().Seconds(), Uncertain: max(i.high-i.low, 0).Seconds() / 2}
		if median < i.low-tolerance || median > i.high+tolerance {
			c.Others = (i.middle() - median).Seconds()
		}
		service.Clock = c
	}
}
