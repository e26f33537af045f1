// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// FormatDuration writes a duration as [Draw] does: with three digits or in two
// units, such as "3.21 s" or "1m 32s", in at most 7 columns. d must not be
// negative.
func FormatDuration(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + " ns"
	case d < 999500*time.Nanosecond:
		return threeDigits(d, time.Microsecond) + " µs"
	case d < 999500*time.Microsecond:
		return threeDigits(d, time.Millisecond) + " ms"
	case d < 59950*time.Millisecond:
		return threeDigits(d, time.Second) + " s"
	case d < time.Hour-time.Second/2:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm %ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day-time.Minute/2:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh %dm", d/time.Hour, d%time.Hour/time.Minute)
	case d < 100*day-time.Hour/2:
		d = d.Round(time.Hour)
		return fmt.Sprintf("%dd %dh", d/day, d%day/time.Hour)
	default:
		return fmt.Sprintf("%dd", d.Round(day)/day)
	}
}

func threeDigits(d, unit time.Duration) string {
	x := float64(d) / float64(unit)
	switch {
	case x < 9.995:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 99.95:
		return strconv.FormatFloat(x, 'f', 1, 64)
	default:
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
}

// formatTick writes a round time in as few characters as it needs.
func formatTick(d time.Duration) string {
	exact := func(unit time.Duration, name string) string {
		return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64) + name
	}
	switch {
	case d == 0:
		return "0"
	case d < time.Microsecond:
		return exact(time.Nanosecond, " ns")
	case d < time.Millisecond:
		return exact(time.Microsecond, " µs")
	case d < time.Second:
		return exact(time.Millisecond, " ms")
	case d < time.Minute:
		return exact(time.Second, " s")
	default:
		major, minor, _ := strings.Cut(FormatDuration(d), " ")
		if strings.HasPrefix(minor, "0") {
			return major
		}
		return strings.TrimSpace(major + " " + minor)
	}
}

// addDuration adds durations that aren't negative. The sum is at most the longest
// possible duration.
func addDuration(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
