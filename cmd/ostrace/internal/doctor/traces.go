// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/propagation"
)

const (
	// maxTraces is the number of the newest traces that are read.
	maxTraces = 100
	// maxLargest is the number of the largest traces that are read whatever their
	// age is, because a thread that keeps a trace adds points to it for ever.
	maxLargest = 3
	// maxNotifications is the size up to which a trace is read.
	maxNotifications = 100_000
	// stillWritten is the time after the last notification of a trace in which it can
	// lack points.
	stillWritten = 10 * time.Second
)

// traces is what the traces of a store show.
type traces struct {
	*examination
	now time.Time

	store       Store
	projects    map[string]*activity
	services    map[string]*StoredService
	unread      []points.TraceSummary
	strangers   kept
	unanswered  map[string]*stopped // by project
	orphans     map[string]*orphaned
	late        map[pair]time.Duration
	failed      []string        // the traces in which something failed
	failedIn    map[string]bool // the projects in which it failed
	marksErrors bool            // the store lists one of them as failed
	recorded    map[string]bool // the projects that recorded an unsigned request
}

// activity is what the points of a project show.
type activity struct {
	requests, sql, calls, plainCalls, rpc, unanswered int
}

// kept are the points of other requests in traces.
type kept struct {
	traces, points int
	example        string
}

// stopped are the calls of a project that nobody answered.
type stopped struct {
	traces  int
	methods []string
	example string
}

// orphaned are the points of a service without the points above them.
type orphaned struct {
	points  int
	example string
}

// pair are two services on their hosts, the first of which seems to be behind.
type pair struct{ behind, ahead string }

func newTraces(e *examination) *traces {
	return &traces{
		examination: e, now: time.Now(),
		projects: map[string]*activity{}, services: map[string]*StoredService{},
		unanswered: map[string]*stopped{}, orphans: map[string]*orphaned{}, late: map[pair]time.Duration{},
		failedIn: map[string]bool{}, recorded: map[string]bool{},
	}
}

// read reads the traces of the store.
func (ts *traces) read(ctx context.Context) error {
	all, err := ts.list(ctx, points.AllTraces)
	if err != nil {
		return err
	}
	for _, summary := range ts.chosen(all) {
		if summary.Notifications > maxNotifications {
			ts.unread = append(ts.unread, summary)
			continue
		}
		t, err := points.NewTrace(summary.BaseID, ts.Store.Notifications(ctx, summary.BaseID))
		if err != nil {
			return err
		}
		if t.Len() > 0 {
			ts.add(t)
		}
	}
	if len(ts.failed) > 0 {
		marked, err := ts.list(ctx, points.ErrorTraces)
		if err != nil {
			return err
		}
		ts.marksErrors = slices.ContainsFunc(marked, func(s points.TraceSummary) bool { return slices.Contains(ts.failed, s.BaseID) })
	}
	ts.grow(ctx, all)
	return ctx.Err()
}

// list lists the traces of the store, each once, without those that can't be read.
func (ts *traces) list(ctx context.Context, filter points.ListFilter) (all []points.TraceSummary, err error) {
	seen := make(map[string]bool) // a store that changes meanwhile can yield a trace twice
	for summary, err := range ts.Store.List(ctx, filter) {
		switch {
		case errors.Is(err, points.ErrUnreadable):
		case err != nil:
			return nil, err
		case !seen[summary.BaseID]:
			seen[summary.BaseID] = true
			all = append(all, summary)
		}
	}
	return all, nil
}

// chosen returns the traces that are read: the newest ones that are not too old, and
// the largest ones.
func (ts *traces) chosen(all []points.TraceSummary) []points.TraceSummary {
	byAge := slices.SortedFunc(slices.Values(all), func(a, b points.TraceSummary) int {
		return cmp.Or(b.Timestamp.Compare(a.Timestamp), cmp.Compare(a.BaseID, b.BaseID))
	})
	var list, old []points.TraceSummary
	read := 0
	for _, summary := range byAge {
		switch own := ts.own[summary.BaseID]; {
		case own:
			list = append(list, summary)
		case read < maxTraces && ts.now.Sub(summary.Timestamp) <= ts.Since:
			list = append(list, summary)
			read++
		default:
			old = append(old, summary)
		}
	}
	slices.SortStableFunc(old, func(a, b points.TraceSummary) int { return cmp.Compare(b.Notifications, a.Notifications) })
	return append(list, old[:min(len(old), maxLargest)]...)
}

// add adds what a trace shows.
func (ts *traces) add(t *points.Trace) {
	probe := ts.own[t.BaseID] && t.BaseID != ts.written
	recent, last, size := false, time.Time{}, 0
	inServices := map[string]bool{}
	for p := range t.All() {
		if isSpan(p) {
			continue
		}
		if p.Finished().After(last) {
			last = p.Finished()
		}
		recent = recent || ts.now.Sub(p.Started()) <= ts.Since
		size += sizeOf(p)
		if ts.count(t, p) {
			inServices[serviceOf(p)] = true
		}
	}
	for service := range inServices {
		ts.services[service].Traces++
	}
	if probe || !recent {
		return
	}
	ts.store.TracesRead++
	ts.store.read += size
	for _, p := range t.Points {
		ts.addOrphan(t, p, last)
	}
	ts.addFindings(t, last)
}

// count counts a point for its service and its project. It reports false if the
// point is too old.
func (ts *traces) count(t *points.Trace, p *points.Point) bool {
	if ts.now.Sub(p.Started()) > ts.Since && !ts.own[t.BaseID] {
		return false
	}
	project := ts.projects[p.Project]
	if project == nil {
		project = &activity{}
		ts.projects[p.Project] = project
	}
	service := ts.services[serviceOf(p)]
	if service == nil {
		service = &StoredService{Name: serviceOf(p), project: p.Project}
		ts.services[service.Name] = service
	}
	service.Points++
	switch {
	case p.Name == "wsgi":
		project.requests++
		service.activity.requests++
		if strings.Contains(query(p), strconv.Itoa(ts.mark)) {
			ts.recorded[p.Project] = true
		}
	case p.Name == "db" || strings.HasSuffix(p.Name, ".db"):
		project.sql++
		service.activity.sql++
	case p.Name == "http" || p.Name == "https":
		project.calls++
		service.activity.calls++
	case p.Name == "rpc" && !strings.Contains(function(p), ".rpcapi."):
		project.rpc++
		service.activity.rpc++
	}
	for _, child := range p.Children {
		if child.Name == "wsgi" && child.Project != p.Project && p.Name != "http" && p.Name != "https" {
			project.plainCalls++
			service.activity.plainCalls++
		}
		if lag := p.Started().Sub(child.Started()); lag > tolerance && !isSpan(child) {
			clocks := pair{placeOf(child), placeOf(p)}
			ts.late[clocks] = max(ts.late[clocks], lag)
		}
	}
	if failed(p) {
		ts.failedIn[p.Project] = true
		if !slices.Contains(ts.failed, t.BaseID) {
			ts.failed = append(ts.failed, t.BaseID)
		}
	}
	return true
}

// addOrphan adds a point at the top of a trace if a point of a service must have
// been above it. Above the points "wsgi" is usually the program, except above those
// in which a service had Keystone validate a token.
func (ts *traces) addOrphan(t *points.Trace, p *points.Point, last time.Time) {
	_, isID := propagation.SpanID(p.ParentID)
	validation := p.Name == "wsgi" && p.Project == "keystone" && path(p) == "GET /v3/auth/tokens"
	switch {
	case isSpan(p), p.ParentID == t.BaseID, !isID, p.Name == "wsgi" && !validation:
		return
	case ts.now.Sub(last) < stillWritten && t.BaseID != ts.written, ts.now.Sub(p.Started()) > ts.Since:
		return
	}
	o := ts.orphans[serviceOf(p)]
	if o == nil {
		o = &orphaned{example: t.BaseID}
		ts.orphans[serviceOf(p)] = o
	}
	o.points++
}

// addFindings adds the faults of a trace as a whole.
func (ts *traces) addFindings(t *points.Trace, last time.Time) {
	f := t.Findings()
	recent := slices.ContainsFunc(f.Strangers, func(p *points.Point) bool { return ts.now.Sub(p.Started()) <= ts.Since })
	if recent {
		ts.strangers.traces++
		ts.strangers.points += len(f.Strangers)
		ts.strangers.example = cmp.Or(ts.strangers.example, t.BaseID)
	}
	if ts.now.Sub(last) < stillWritten && t.BaseID != ts.written {
		return
	}
	inProjects := map[string]bool{}
	for _, p := range f.Unanswered {
		s := ts.unanswered[p.Project]
		if s == nil {
			s = &stopped{example: t.BaseID}
			ts.unanswered[p.Project] = s
		}
		if project := ts.projects[p.Project]; project != nil {
			project.unanswered++
		}
		if service := ts.services[serviceOf(p)]; service != nil {
			service.activity.unanswered++
		}
		name := function(p)
		if name = name[strings.LastIndexByte(name, '.')+1:]; !slices.Contains(s.methods, name) {
			s.methods = append(s.methods, name)
		}
		if !inProjects[p.Project] {
			inProjects[p.Project] = true
			s.traces++
		}
	}
}

// tracedVerdict says whether something is traced, from the number of times that it is in the
// traces, and the number of times that it could be.
func tracedVerdict(traced, could int) Verdict {
	switch {
	case traced > 0:
		return Yes
	case could > 0:
		return No
	}
	return NotTested
}

// serviceOf returns the name that OSProfiler's OTLP driver gives the service.
func serviceOf(p *points.Point) string { return strings.Trim(p.Project+"-"+p.Service, "-") }

func placeOf(p *points.Point) string {
	if p.Host == "" {
		return serviceOf(p)
	}
	return serviceOf(p) + " on " + p.Host
}

func sizeOf(p *points.Point) (size int) {
	for _, n := range [...]*points.Notification{p.Start, p.Stop} {
		if n != nil {
			size += len(n.Payload)
		}
	}
	return size
}

// isSpan reports whether a program stored one of its spans as this point.
func isSpan(p *points.Point) bool {
	n := cmp.Or(p.Start, p.Stop)
	return bytes.Contains(n.Payload, []byte(`"opentelemetry":`))
}

// failed reports whether an exception ended the point.
func failed(p *points.Point) bool {
	return p.Stop != nil && bytes.Contains(p.Stop.Payload, []byte(`"etype":`))
}

// details are the members of a notification that are of interest here.
type details struct {
	Info struct {
		Request struct {
			Method string `json:"method"`
			Path   string `json:"path"`
			Query  string `json:"query"`
		} `json:"request"`
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	} `json:"info"`
}

// detailsOf leaves out what has another form than OSProfiler's.
func detailsOf(p *points.Point) (d details) {
	if p.Start != nil {
		_ = json.Unmarshal(p.Start.Payload, &d)
	}
	return d
}

func query(p *points.Point) string    { return detailsOf(p).Info.Request.Query }
func function(p *points.Point) string { return detailsOf(p).Info.Function.Name }

func path(p *points.Point) string {
	request := detailsOf(p).Info.Request
	return request.Method + " " + request.Path
}
