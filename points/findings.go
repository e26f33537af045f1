// SPDX-License-Identifier: Apache-2.0

package points

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// StrangerGap is the time after the end of everything in a request before which
// a point is not taken for a stranger in its trace; see [Findings].
const StrangerGap = 2 * time.Second

// Findings are the faults of a trace as a whole, in which each single point may
// be right. They occur in clouds whose services work in native threads, as
// Nova's do by default in OpenStack 2026.2.
//
// OSProfiler keeps the trace of a request in the thread that works for it, and
// only its WSGI middleware clears it there (osprofiler/profiler.py, init and
// clean; osprofiler/web.py). A thread that goes back into a pool keeps its
// first trace for ever. So the first trace of a cloud gets the points of all
// later requests, even of those that nobody traces, and the later traces end
// where such a thread took over the work.
//
// # Strangers
//
// The criterion uses only the stored points. It looks at them in the order of
// their start. The following points are the trace's own:
//
//   - The points that a program stored as its spans, and the points directly
//     below them.
//   - The requests that a program sent: points "wsgi" that are not below
//     another service's request, and points whose parent_id is the base_id.
//   - Points that start while the trace's own points are still written, or not
//     later than [StrangerGap] after the last of them stopped.
//   - The first answer to an RPC, however late it is, because it may have
//     waited in a queue.
//
// All others are suspects, and so is everything below a suspect. The suspects
// are strangers if at least one of them proves that a thread kept the trace.
// These are the proofs:
//
//   - Work for an RPC whose sender sends one message, and which the same service on
//     the same host has answered before. A message is handled once.
//   - Work below a point of the service that got the program's request, and not in
//     answer to the first RPC of that point: that service has answered the program
//     long ago, and clears the trace when it answers.
//   - The state that a Nova service reports of itself every few seconds.
//   - Work for a server, by its uuid, that no point of the trace's own names.
//
// So neither a client that waits between the requests of one trace is
// suspected, nor the cloud's work for its later requests. And a service that is
// silent for minutes in the middle of its work is not taken for a stranger.
//
// The criterion has limits. It does not find a stranger that starts while the
// trace's own points are still written, or within StrangerGap after them. It
// finds no strangers in a trace where one of its own points has no stop,
// because that request has not ended. It does not find the strangers of a
// service that leaves none of the proofs above. And in a trace that does have
// strangers, it takes the trace's own work for a stranger where that work comes
// after a silence longer than StrangerGap.
//
// # Unanswered
//
// Two kinds of point are known to send an RPC: the methods of RPC clients,
// which Nova, Cinder and others have in modules named rpcapi, and the methods
// of Nova's compute API that hand a request over to nova-conductor, whose
// client leaves no point of its own. An answer is a point of another service,
// or on another host, below the sender. It can also be elsewhere in the trace,
// because the thread that worked for it may have kept an earlier parent: it is
// a point "rpc" with the method's name then, which starts after the sender and
// does not answer another sender. Methods that failed and methods that send
// nothing are left out, and strangers are not answers. A trace stops where an
// RPC is not answered.
//
// Other causes are possible: a message may still be on its way when the trace
// is read, its receiver may be down, or the receiver may not be set up for
// OSProfiler.
type Findings struct {
	// Strangers are the points that belong to other requests, by their start.
	Strangers []*Point
	// Gap is the time from the end of everything that belongs to the request to
	// the start of the first stranger.
	Gap time.Duration
	// Unanswered are the points that sent an RPC call or cast for which nobody
	// has stored anything, by their start.
	Unanswered []*Point

	points int  // the number of points of the whole trace
	atAPI  bool // one of Unanswered belongs to the service that got the program's request
}

// Findings looks for faults of the trace as a whole. Almost every trace has
// none.
func (t *Trace) Findings() Findings {
	r := requestsOf(t)
	f := Findings{points: t.Len()}
	f.Strangers, f.Gap = t.strangers(r)
	foreign := make(map[*Point]bool, len(f.Strangers))
	for _, p := range f.Strangers {
		foreign[p] = true
	}
	f.Unanswered = t.unanswered(foreign)
	f.atAPI = slices.ContainsFunc(f.Unanswered, func(p *Point) bool { return r.front[p] })
	return f
}

// Notes returns a line for each kind of finding, which says what was found, why
// it is so, and what to do about it. It returns none for a trace without
// findings.
func (f Findings) Notes() []string {
	const cure = "in Nova's configuration, concurrency_backend = eventlet makes traces whole again (docs/openstack.md)"
	var notes []string
	if n := len(f.Strangers); n > 0 {
		notes = append(notes, fmt.Sprintf("%s of %s points began %s and more after the request had ended, and belong to other requests: "+
			"the cloud's worker threads keep the first trace that they see; %s.", grouped(n), grouped(f.points), inWords(f.Gap), cure))
	}
	if n := len(f.Unanswered); n > 0 {
		where := "in " + f.Unanswered[0].service()
		if f.atAPI {
			where = "at the API"
		}
		var sent []string
		for _, p := range f.Unanswered {
			if text := p.service() + " " + p.method(); !slices.Contains(sent, text) {
				sent = append(sent, text)
			}
		}
		calls := "RPC calls or casts"
		if n == 1 {
			calls = "RPC call or cast"
		}
		notes = append(notes, fmt.Sprintf("The trace stops %s: nobody has answered %s %s in it (%s). If the work was done, the cloud's worker threads have kept "+
			"traces that they saw before; %s.", where, grouped(n), calls, strings.Join(sent, ", "), cure))
	}
	return notes
}

func (p *Point) service() string {
	return strings.Trim(p.Project+"-"+p.Service, "-")
}

// grouped writes a number like "12,345".
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// inWords rounds down, so that "and more" is true.
func inWords(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}

// Without returns the trace without the points of the list. Points below one of
// them that are not in the list themselves are at the top.
func (t *Trace) Without(list []*Point) *Trace {
	out := make(map[*Point]bool, len(list))
	for _, p := range list {
		out[p] = true
	}
	rest, _ := NewTrace(t.BaseID, func(yield func(Notification, error) bool) {
		for _, p := range t.all {
			for _, n := range [...]*Notification{p.Start, p.Stop} {
				if n != nil && !out[p] && !yield(*n, nil) {
					return
				}
			}
		}
	})
	rest.Defects.Unreadable, rest.Defects.FirstUnreadable = t.Defects.Unreadable, t.Defects.FirstUnreadable
	rest.Defects.Repeated = t.Defects.Repeated
	return rest
}
