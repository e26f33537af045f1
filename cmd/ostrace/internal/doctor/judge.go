// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// judge fills the report with what was seen.
func (e *examination) judge(r *Report, sightings map[*request]sighting, ts *traces) {
	r.Notes = e.notes
	clocks := map[*Service]interval{}
	for _, t := range e.targets {
		e.judgeService(t, sightings, ts, clocks)
		r.Services = append(r.Services, t.Service)
	}
	setClocks(clocks)
	if e.Store != nil {
		r.Store = &ts.store
		for _, name := range slices.Sorted(maps.Keys(ts.services)) {
			s := ts.services[name]
			s.SQL, s.Calls, s.RPC = s.activity.verdicts(projectProbe(s.project))
			r.Stored = append(r.Stored, s)
		}
		for _, summary := range ts.unread {
			r.Notes = append(r.Notes, fmt.Sprintf("The trace %s was not read: it has %d notifications.", shownID(summary.BaseID), summary.Notifications))
		}
	}
	findings := slices.Concat(e.ofServices(), e.ofStore(ts), switchedOff(e.options(ts)))
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) }) // "problem" comes after "advice"
	r.Findings = []Finding{}
	for _, f := range findings {
		r.Findings = append(r.Findings, f.linked())
	}
	if e.Cloud != nil && e.Store == nil && e.BackEnd == nil {
		r.Notes = append(r.Notes, "Without --connection-string or --query-endpoint, ostrace can't see whether a service traces.")
	}
}

// judgeService sets what is known of a service.
func (e *examination) judgeService(t *target, sightings map[*request]sighting, ts *traces, clocks map[*Service]interval) {
	if t.Untested != "" {
		return
	}
	first := t.signed[0]
	if first.failure != nil {
		t.Failure = first.failure.Error()
		return
	}
	t.Status = first.status
	t.RequestID = verdict(first.requestID())
	id, native := first.traceparentOf()
	t.Native = verdict(native)
	if native {
		t.Followed = verdict(id == first.trace.trace)
	}
	if e.Store == nil && e.BackEnd == nil {
		return
	}
	t.Traced = No
	for _, r := range t.signed {
		s := sightings[r]
		if s.storedIn == "" && !s.elsewhere {
			continue
		}
		t.Traced = Yes
		t.StoredIn = cmp.Or(s.storedIn, elsewhere)
		t.Digests = append(t.Digests, r.digest.String())
		if s.storedIn != "" {
			clock, known := clocks[t.Service]
			if clocks[t.Service] = during(r, s); known {
				clocks[t.Service] = clock.and(during(r, s))
			}
		}
	}
	if t.unsigned != nil {
		t.Unsigned = verdict(ts.recorded[t.Name] || sightings[t.unsigned].found)
	}
	if project := ts.projects[t.Name]; project != nil {
		t.SQL, t.Calls, t.RPC = project.verdicts(t.probe)
	}
}

// verdicts returns whether SQL, calls and RPC are traced. OSProfiler traces the SQL
// of some projects only.
func (a *activity) verdicts(p probe) (sql, calls, rpc Verdict) {
	sql, calls, rpc = tracedVerdict(a.sql, a.requests), tracedVerdict(a.calls, a.plainCalls), tracedVerdict(a.rpc, a.unanswered)
	if sql == No && !p.sql {
		sql = NotTested
	}
	return sql, calls, rpc
}
