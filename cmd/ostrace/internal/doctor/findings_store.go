// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ostrace/ostrace/propagation"
)

// nativeThreads is the cause of traces that threads keep.
var nativeThreads = Candidate{
	Cause: "Nova's workers run in native threads, which are the default on 2026.2, and keep the first trace that they see.",
	Check: "grep -n concurrency_backend /etc/nova/nova.conf", Host: "nova",
	Set: "Set concurrency_backend = eventlet in [DEFAULT] of /etc/nova/nova.conf on all hosts of Nova, and restart its workers.",
}

// ofStore returns the findings about the traces in the store, and about the store.
func (e *examination) ofStore(ts *traces) (all []Finding) {
	if e.Store == nil {
		return nil
	}
	if ts.strangers.traces > 0 {
		all = append(all, pointsOfOthers(ts))
	}
	for _, project := range slices.Sorted(maps.Keys(ts.unanswered)) {
		all = append(all, traceStops(project, ts))
	}
	if slices.ContainsFunc(e.targets, func(t *target) bool { return t.StoredIn == elsewhere }) {
		// That is why Keystone's points for the service have no parents.
		maps.DeleteFunc(ts.orphans, func(service string, _ *orphaned) bool { return strings.HasPrefix(service, "keystone-") })
	}
	if len(ts.orphans) > 0 {
		all = append(all, withoutParents(ts))
	}
	if f := clocksInTraces(ts); f != nil && !e.clocksDiffer() {
		all = append(all, *f)
	}
	if ts.store.Limited == No {
		all = append(all, unlimited(&ts.store))
	}
	if len(ts.failed) > 0 && !ts.marksErrors {
		all = append(all, unmarkedErrors(ts))
	}
	return all
}

func pointsOfOthers(ts *traces) Finding {
	return Finding{
		ID: "points-of-other-requests", Severity: Problem, Services: []string{"nova"},
		Seen: fmt.Sprintf("%s %s that belong to other requests, such as %s.",
			number(ts.strangers.traces, "trace has", "traces have"), number(ts.strangers.points, "point", "points"), shownID(ts.strangers.example)),
		Candidates: []Candidate{nativeThreads},
	}
}

func traceStops(project string, ts *traces) Finding {
	p, s := projectProbe(project), ts.unanswered[project]
	slices.Sort(s.methods)
	f := Finding{
		ID: "traces-stop", Severity: Problem, Services: []string{project},
		Seen: fmt.Sprintf("In %d of %d traces that were read, nobody answered the RPC of %s (%s), for example in %s.",
			s.traces, ts.store.TracesRead, project, listed(s.methods), shownID(s.example)),
	}
	if project == "nova" {
		f.Candidates = append(f.Candidates, nativeThreads)
	}
	f.Candidates = append(f.Candidates,
		Candidate{
			Cause: "OSProfiler is off in the workers, which can have a file of their own, or they have another key.",
			Check: p.section(), Host: project + " where its workers run",
			Set: "Set the options of [profiler] in " + p.conf + " on the hosts of the workers to those of the API, and restart them.",
		},
		Candidate{
			Cause: "The workers store their points in another store.",
			Check: p.section(), Host: project + " where its workers run",
			Set: "Set connection_string in [profiler] of " + p.conf + " on these hosts to that of the API, and restart them.",
		},
		Candidate{
			Cause: "The workers are down.",
			Check: map[string]string{"nova": "openstack compute service list", "cinder": "openstack volume service list"}[project],
			Set:   "Start them.",
		})
	return f
}

func withoutParents(ts *traces) Finding {
	var counts, projects []string
	example := ""
	for _, service := range slices.Sorted(maps.Keys(ts.orphans)) {
		o := ts.orphans[service]
		counts = append(counts, fmt.Sprintf("%d of %s", o.points, service))
		example = cmp.Or(example, o.example)
		if project, _, _ := strings.Cut(service, "-"); !slices.Contains(projects, project) {
			projects = append(projects, project)
		}
	}
	return Finding{
		ID: "points-without-parents", Severity: Problem, Services: projects,
		Seen: fmt.Sprintf("Points without parents: %s, for example in %s. The services that caused them have no points there.",
			listed(counts), shownID(example)),
		Candidates: []Candidate{
			{
				Cause: "The service above stores its points in another store.",
				Check: `grep connection_string /etc/*/*.conf`, Host: "all services",
				Set: "Set the same connection_string in [profiler] of all services, and restart the one that had another.",
			},
			{
				Cause: "The store was full, or has removed the older points.",
				Check: "redis-cli info memory",
				Set:   "Raise maxmemory in redis.conf.",
			},
		},
	}
}

// clocksDiffer reports whether a service of the catalog has another clock, which then
// explains the order of the points too.
func (e *examination) clocksDiffer() bool {
	return slices.ContainsFunc(e.targets, func(t *target) bool { return t.Clock != nil && t.Clock.Others != 0 })
}

// clocksInTraces returns the finding about points that begin before their parents.
func clocksInTraces(ts *traces) *Finding {
	if len(ts.late) == 0 {
		return nil
	}
	pairs := slices.SortedFunc(maps.Keys(ts.late), func(a, b pair) int {
		return strings.Compare(a.behind+a.ahead, b.behind+b.ahead)
	})
	worst := pairs[0]
	for _, clocks := range pairs {
		if ts.late[clocks] > ts.late[worst] {
			worst = clocks
		}
	}
	project, _, _ := strings.Cut(worst.behind, "-")
	return &Finding{
		ID: "clocks-differ", Severity: Problem, Services: []string{project},
		Seen: fmt.Sprintf("The clock of %s is at least %s behind the clock of %s: points begin before those that caused them.",
			worst.behind, shown(ts.late[worst].Seconds()), worst.ahead),
		Candidates: []Candidate{clockIsNotSet(project)},
	}
}

func unlimited(s *Store) Finding {
	seen := "Redis has no limit: maxmemory is 0, and the traces do not expire."
	if s.Retention.MaxMemory > 0 {
		seen = fmt.Sprintf("Redis refuses points when its memory of %s is full: maxmemory-policy is %s, and the traces do not expire.",
			size(s.Retention.MaxMemory), s.Retention.Policy)
	}
	if s.BytesPerTrace > 0 {
		seen += fmt.Sprintf(" A trace has about %s, and those of the last 24 hours about %s.", size(s.BytesPerTrace), size(s.BytesPerDay))
	}
	return Finding{
		ID: "the-store-grows-without-a-limit", Severity: Problem,
		Seen: seen,
		Candidates: []Candidate{{
			Cause: "maxmemory and maxmemory-policy are not set. OSProfiler removes nothing.",
			Check: "redis-cli info memory", Host: "the store",
			Set: "Set maxmemory 1gb and maxmemory-policy allkeys-lru in /etc/redis/redis.conf, if this Redis holds nothing but traces and caches.",
		}},
	}
}

func unmarkedErrors(ts *traces) Finding {
	projects := slices.Sorted(maps.Keys(ts.failedIn))
	var in []probe
	for _, project := range projects {
		in = append(in, projectProbe(project))
	}
	return Finding{
		ID: "errors-are-not-marked", Severity: Advice, Services: projects,
		Seen: fmt.Sprintf("Something failed in %s, and ostrace list --errors does not list %s.",
			number(len(ts.failed), "trace", "traces"), map[bool]string{true: "it", false: "them"}[len(ts.failed) == 1]),
		Candidates: []Candidate{{
			Cause: "filter_error_trace is off, which is the default.",
			Check: in[0].section(), Host: in[0].project,
			Set: "Set filter_error_trace = True in [profiler] of " + files(in) + ".",
		}},
	}
}

// number writes a number with its word.
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size writes a number of bytes.
func size(bytes int64) string {
	switch {
	case bytes >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
}

// shownID returns an id that can be printed. The holder of a key can sign any text.
func shownID(baseID string) string {
	if _, ok := propagation.TraceID(baseID); ok {
		return baseID
	}
	return fmt.Sprintf("%+q", baseID)
}
