// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// moment is the time that a flag such as --since takes; see parseMoment. It
// implements pflag.Value.
type moment struct{ time.Time }

// String returns an empty text for no time, so that the help names no default.
func (m *moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.Format(time.RFC3339)
}

// Type implements pflag.Value.
func (*moment) Type() string { return "SINCE" }

// Set implements pflag.Value.
func (m *moment) Set(text string) (err error) {
	m.Time, err = parseMoment(text, time.Now())
	return err
}

// parseMoment reads a period before now, such as 90m, 1d or 2w, or a time in UTC,
// such as 2026-11-20, 2026-11-20T06:00 or any time of RFC 3339.
func parseMoment(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	ago, err := parsePeriod(text)
	if err != nil {
		return time.Time{}, errMoment
	}
	return now.Add(-ago), nil
}

// period is a positive duration that a flag takes. Beside Go's units it has days
// and weeks: 90m, 1d, 2w, 1d12h. A day always has 24 hours. It implements
// pflag.Value.
type period time.Duration

// String returns an empty text for the zero period, so that the help names no
// default.
func (p *period) String() string {
	if *p == 0 {
		return ""
	}
	return time.Duration(*p).String()
}

// Type implements pflag.Value.
func (*period) Type() string { return "DURATION" }

// Set implements pflag.Value.
func (p *period) Set(text string) error {
	d, err := parsePeriod(text)
	if err == nil {
		*p = period(d)
	}
	return err
}

var (
	errPeriod = errors.New("it must be a positive duration such as 500ms, 90m or 1d")
	errMoment = errors.New("it must be a positive duration such as 90m, 1d or 2w, or a time in UTC such as 2026-11-20 or 2026-11-20T06:00")
)

// daysAndWeeks matches the units that time.ParseDuration does not have.
var daysAndWeeks = regexp.MustCompile(`^(?:([0-9]+(?:\.[0-9]+)?)w)?(?:([0-9]+(?:\.[0-9]+)?)d)?`)

// parsePeriod reads a positive duration in weeks, days and Go's units.
func parsePeriod(text string) (time.Duration, error) {
	found := daysAndWeeks.FindStringSubmatch(text)
	var total float64
	for i, unit := range []time.Duration{week, day} {
		if number := found[i+1]; number != "" {
			n, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return 0, errPeriod
			}
			total += n * float64(unit)
		}
	}
	if rest := text[len(found[0]):]; rest != "" || text == "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, errPeriod
		}
		total += float64(d)
	}
	if total <= 0 || total >= math.MaxInt64 {
		return 0, errPeriod
	}
	return time.Duration(total), nil
}
