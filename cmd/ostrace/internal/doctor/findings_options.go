// SPDX-License-Identifier: Apache-2.0

package doctor

import "strings"

// options are what is known of the options of a project.
type options struct {
	probe
	sql, calls Verdict
}

// options returns the options of the services of the catalog, or else of
// the projects that have points in the store.
func (e *examination) options(ts *traces) (all []options) {
	for _, t := range e.targets {
		all = append(all, options{t.probe, t.SQL, t.Calls})
	}
	if e.Cloud != nil {
		return all
	}
	for _, p := range probes {
		if a := ts.projects[p.project]; a != nil {
			sql, calls, _ := a.verdicts(p)
			all = append(all, options{p, sql, calls})
		}
	}
	return all
}

// switchedOff returns the advice about options that are off.
func switchedOff(all []options) (findings []Finding) {
	var sql, calls []probe
	for _, o := range all {
		if o.sql == No {
			sql = append(sql, o.probe)
		}
		if o.calls == No {
			calls = append(calls, o.probe)
		}
	}
	if len(sql) > 0 {
		findings = append(findings, Finding{
			ID: "sql-is-not-traced", Severity: Advice, Services: names(sql),
			Seen: "SQL statements are not traced in " + listed(names(sql)) + ".",
			Candidates: []Candidate{{
				Cause: "trace_sqlalchemy is off, which is the default.",
				Check: sql[0].section(), Host: sql[0].project,
				Set: "Set trace_sqlalchemy = True in [profiler] of " + files(sql) + ". Most points of a trace come from it.",
			}},
		})
	}
	if len(calls) > 0 {
		findings = append(findings, Finding{
			ID: "calls-are-not-traced", Severity: Advice, Services: names(calls),
			Seen: "Requests to other services have no points of their own, with host and status, in " + listed(names(calls)) + ".",
			Candidates: []Candidate{{
				Cause: "trace_requests is off, which is the default, or OSProfiler is older than 4.1.",
				Check: calls[0].section(), Host: calls[0].project,
				Set: "Set trace_requests = True in [profiler] of " + files(calls) + ".",
			}},
		})
	}
	return findings
}

func names(all []probe) (list []string) {
	for _, p := range all {
		list = append(list, p.project)
	}
	return list
}

func files(all []probe) string {
	var list []string
	for _, p := range all {
		list = append(list, p.conf)
	}
	return listed(list)
}

// listed writes a list as people do.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
