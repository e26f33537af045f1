// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"slices"
	"time"

	"github.com/ostrace/ostrace/cmd/ostrace/internal/calls"
)

// worse looks for what became worse from before to after.
type worse struct {
	before, after *Side
	ratios        []ratio
	causes        []Cause
}

// findWorse returns the causes, in no order.
func findWorse(before, after *Side) []Cause {
	w := worse{before: before, after: after, ratios: ratios(before, after)}
	services := map[string]bool{}
	for operation := range after.operations {
		services[operation.Service] = true
	}
	for service := range services {
		w.service(service)
	}
	w.newRequests()
	return w.causes
}

// perTrace returns the number for each trace of after.
func (w *worse) perTrace(n int) float64 { return float64(n) / float64(w.after.reader.Traces) }

// isCost reports whether a time in each trace is above the bound.
func (w *worse) isCost(perTrace float64) bool {
	return perTrace >= max(float64(minCost), minCostShare*float64(w.after.own)/float64(w.after.reader.Traces))
}

// service looks at the operations of a service. What is explained by one change is
// not reported a second time.
func (w *worse) service(service string) {
	load := load(w.ratios, service)
	var requests []calls.Operation
	for operation := range w.after.requests {
		if operation.Service == service && w.before.requests[operation] != nil {
			requests = append(requests, operation)
		}
	}
	more := w.moreCalls(service, requests, load)
	requests = slices.DeleteFunc(requests, func(r calls.Operation) bool { return more[r] })
	each := w.eachSlower(service, requests, load)
	for operation, after := range w.after.operations {
		if operation.Service != service || more[operation] || each && operation.Answers() {
			continue
		}
		before := w.before.operations[operation]
		expected, now, ok := slower(before.of(), after.of(), load)
		perTrace := w.perTrace(after.count)
		if cost := (now - expected) * perTrace; ok && w.isCost(cost) {
			w.causes = append(w.causes, Cause{
				Change: Slower, Service: service, Kind: operation.Kind, Name: operation.Name, Summary: summaryOf(operation),
				Before: milliseconds(median(before.of())), After: milliseconds(now), Calls: perTrace, Cost: milliseconds(cost),
				touches: func(o, _ calls.Operation) bool { return o == operation },
			})
		}
	}
}

// change is what became more in the requests of one operation.
type change struct {
	request calls.Operation
	inner   calls.Operation // the zero value for several SQL statements
	was, is float64
	cost    float64
}

// moreCalls looks for requests that make more calls. It reports one cause for the
// service's SQL statements, and one for each operation of other services. It returns
// the requests whose own time these calls explain.
func (w *worse) moreCalls(service string, requests []calls.Operation, load float64) map[calls.Operation]bool {
	byInner := map[calls.Operation][]change{}
	explained := map[calls.Operation]bool{}
	for _, operation := range requests {
		before, after := w.before.requests[operation], w.after.requests[operation]
		perTrace := w.perTrace(after.own.count)
		enough := func(was, is float64) bool {
			return (is-was)*perTrace >= max(minMoreTrace, minMoreShare*w.perTrace(w.after.reader.Calls))
		}
		if was, is, ok := moreOften(before.statements.of(), after.statements.of()); ok && enough(was, is) {
			longer := max(0, median(after.own.of())-load*median(before.own.of()))
			inner := w.mainStatement(before, after, is-was)
			byInner[calls.Operation{Kind: calls.SQL}] = append(byInner[calls.Operation{Kind: calls.SQL}], change{operation, inner, was, is, longer * perTrace})
			explained[operation] = true
		}
		for inner := range after.inner {
			if !inner.Answers() {
				continue
			}
			if was, is, ok := moreOften(before.counts(inner), after.counts(inner)); ok && enough(was, is) {
				one := median(w.after.requestOf(inner).of())
				byInner[inner] = append(byInner[inner], change{operation, inner, was, is, one * (is - was) * perTrace})
			}
		}
	}
	for inner, changes := range byInner {
		w.causes = append(w.causes, w.moreCause(service, inner, changes))
	}
	return explained
}

// requestOf returns the own times of the requests of an operation.
func (s *Side) requestOf(operation calls.Operation) *series {
	if r := s.requests[operation]; r != nil {
		return &r.own
	}
	return nil
}

// mainShare is the part of the additional statements that one statement must have to
// be named.
const mainShare = 0.6

// mainStatement returns the statement that most of the additional ones are, or the
// zero value.
func (w *worse) mainStatement(before, after *request, more float64) calls.Operation {
	for inner := range after.inner {
		if inner.Kind == calls.SQL && median(after.counts(inner))-median(before.counts(inner)) >= mainShare*more {
			return inner
		}
	}
	return calls.Operation{}
}

func (w *worse) moreCause(service string, inner calls.Operation, changes []change) Cause {
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(b.cost, a.cost), cmp.Compare(b.is-b.was, a.is-a.was), cmp.Compare(a.request.Name, b.request.Name))
	})
	first := changes[0]
	c := Cause{
		Change: More, Service: service, Kind: inner.Kind, Name: first.inner.Name, Summary: summaryOf(first.inner), Before: first.was, After: first.is,
		Calls: w.perTrace(w.after.requests[first.request].own.count),
	}
	if inner.Kind != calls.SQL {
		c.Callee = inner.Service
	} else if first.inner.Name != "" {
		c.Before = median(w.before.requests[first.request].counts(first.inner))
		c.After = median(w.after.requests[first.request].counts(first.inner))
	}
	requests := map[calls.Operation]bool{}
	cost := 0.0
	for _, one := range changes {
		cost += one.cost
		requests[one.request] = true
		c.Requests = append(c.Requests, one.request.Name)
	}
	c.Cost = milliseconds(cost)
	c.touches = func(o, by calls.Operation) bool {
		switch {
		case requests[o]:
			return true
		case !requests[by]:
			return false
		case inner.Kind != calls.SQL:
			return o == inner
		}
		before, after := w.before.requests[by], w.after.requests[by]
		return o.Kind == calls.SQL && median(after.counts(o)) != median(before.counts(o))
	}
	return c
}

// eachSlower reports whether nearly all requests of a service are slower, and names
// that as the cause. The requests of different operations take different times, so what
// is compared is how much longer each took than those of its operation before.
func (w *worse) eachSlower(service string, requests []calls.Operation, load float64) bool {
	type shift struct{ by, count float64 }
	var shifts []shift
	var names []string
	var longerBefore, longerAfter []float64
	was, expected, now, count := 0.0, 0.0, 0.0, 0.0 // the sums of the medians, for each request after
	for _, operation := range requests {
		before, after := w.before.operations[operation], w.after.operations[operation]
		if before.len() == 0 || after.len() == 0 {
			continue
		}
		names = append(names, operation.Name)
		usual, n := median(before.of()), float64(after.count)
		for _, own := range before.of() {
			longerBefore = append(longerBefore, load*(own-usual))
		}
		for _, own := range after.of() {
			longerAfter = append(longerAfter, own-load*usual)
		}
		shifts = append(shifts, shift{median(after.of()) - load*usual, n})
		was, expected, now, count = was+usual*n, expected+load*usual*n, now+median(after.of())*n, count+n
	}
	if len(shifts) < 2 {
		return false
	}
	slices.SortFunc(shifts, func(a, b shift) int { return cmp.Compare(a.by, b.by) })
	left, lowest := eachQuantile*count, 0.0
	for _, s := range shifts {
		lowest = s.by
		if left -= s.count; left < 0 {
			break
		}
	}
	cost := (now - expected) / float64(w.after.reader.Traces)
	if lowest < float64(minEachSlower) || now < minEachFactor*expected || !w.isCost(cost) || !higher(longerBefore, longerAfter) {
		return false
	}
	slices.Sort(names)
	w.causes = append(w.causes, Cause{
		Change: EachSlower, Service: service, Requests: names, Before: milliseconds(was / count), After: milliseconds(now / count),
		Calls: count / float64(w.after.reader.Traces), Cost: milliseconds(cost),
		touches: func(o, _ calls.Operation) bool { return o.Service == service && o.Answers() },
	})
	return true
}

// newRequests looks for requests from outside that were not sent before, and are in at
// least half of the traces.
func (w *worse) newRequests() {
	for operation, e := range w.after.entries {
		if w.before.entries[operation] != nil || 2*e.traces < w.after.reader.Traces {
			continue
		}
		w.causes = append(w.causes, Cause{
			Change: New, Service: operation.Service, Kind: operation.Kind, Name: operation.Name, After: w.perTrace(e.calls),
			Calls: w.perTrace(e.calls), Cost: milliseconds(float64(e.total) / float64(w.after.reader.Traces)),
			touches: func(o, _ calls.Operation) bool { return o == operation },
		})
	}
}

func summaryOf(operation calls.Operation) string {
	if operation.Kind != calls.SQL || operation.Name == "" {
		return ""
	}
	return operation.Title()
}

// milliseconds turns nanoseconds into milliseconds with three digits after the point.
func milliseconds(nanoseconds float64) float64 {
	return float64(time.Duration(nanoseconds).Round(time.Microsecond)) / float64(time.Millisecond)
}

// Compare returns what changed from before to after. Both sides must have a trace.
func Compare(before, after *Side) Report {
	causes := findWorse(before, after)
	for _, c := range findWorse(after, before) {
		c.Change = inverse[c.Change]
		c.Before, c.After, c.Cost = c.After, c.Before, -c.Cost
		causes = append(causes, c)
	}
	for i := range causes {
		causes[i].describe()
	}
	bySize(causes)
	if causes == nil {
		causes = []Cause{}
	}
	r := Report{Causes: causes, Before: before.report(), After: after.report(), Load: load(ratios(before, after), "")}
	if r.Load == 1 {
		r.Load = 1 / load(ratios(after, before), "")
	}
	r.Places = places(&r, before, after)
	return r
}
