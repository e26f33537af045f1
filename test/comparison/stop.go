// SPDX-License-Identifier: Apache-2.0

package main

// The rule by which the measurement of a set-up stops.
const (
	minRounds = 8
	maxRounds = 12
	precision = 1.0 // % of the processor time of a list call, for half of the interval
)

// progress is how far the measurement of a set-up has come.
type progress struct {
	rounds int     // of the set-up
	half   float64 // half of the interval of the difference, in % of a list call's processor time
}

func (r results) progress(setup string) progress {
	p := progress{rounds: len(r.blocks(subject{setup, workList, ""}))}
	if e, ok := r.more(subject{setup, workList, ""}, cpuOfCall); ok {
		p.half = e.half()
	}
	return p
}

// precise reports whether enough rounds have been enough.
func (p progress) precise() bool { return p.rounds >= minRounds && p.half <= precision }

// done reports whether the measurement stops.
func (p progress) done(quick bool) bool {
	return quick && p.rounds > 0 || p.precise() || p.rounds >= maxRounds
}

func (p progress) String() string {
	switch {
	case p.precise():
		return "precise enough"
	case p.rounds >= maxRounds:
		return "the most rounds"
	}
	return "not finished"
}

// unfinished returns the set-ups that are measured in another round. The baseline is
// measured as long as any other set-up is.
func (r results) unfinished(chosen []setup, quick bool) []setup {
	var left []setup
	baseline := setup{}
	for _, s := range chosen {
		if s.name == nothing {
			baseline = s
			continue
		}
		if !r.progress(s.name).done(quick) {
			left = append(left, s)
		}
	}
	if len(left) > 0 {
		left = append([]setup{baseline}, left...)
	}
	return left
}
