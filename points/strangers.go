// SPDX-License-Identifier: Apache-2.0

package points

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/ostrace/ostrace/internal/uuid"
)

// strangers are the trace's points that belong to other requests, by their
// start. after is the time from the end of everything in the request to the
// start of the first stranger. See [Findings] for the criterion.
func (t *Trace) strangers(r requests) (list []*Point, after time.Duration) {
	s := search{trace: t, requests: r, answers: map[answer]bool{}, suspects: map[*Point]bool{}}
	order := slices.Clone(t.all)
	slices.SortStableFunc(order, func(a, b *Point) int { return a.Started().Compare(b.Started()) })
	for _, p := range order {
		s.look(p)
	}
	if !s.proved && !s.workForOthers() {
		return nil, 0
	}
	return s.list, s.after
}

// maxServers limits the work for a trace with very many suspects.
const maxServers = 16

// search goes through a trace's points by their start.
type search struct {
	trace    *Trace
	requests requests
	end      time.Time // when the last of the trace's own points stopped
	open     bool      // one of them has no stop
	answers  map[answer]bool
	suspects map[*Point]bool
	list     []*Point
	after    time.Duration
	proved   bool
	servers  []string // the uuids of the servers for which suspects work
}

// answer is the work of a service on a host for an RPC. The RPC is known by the
// point that sent it.
type answer struct {
	sender string
	by     place
}

type place struct{ project, service, host string }

func (p *Point) place() place { return place{p.Project, p.Service, p.Host} }

func (s *search) look(p *Point) {
	key := answer{p.ParentID, p.place()}
	first := p.isAnswer() && !s.answers[key]
	switch {
	case p.parent != nil && s.suspects[p.parent]:
		s.suspect(p, first)
	case s.inTime(p) || s.trace.sentByProgram(p, s.requests) || first:
		if p.Finished().After(s.end) {
			s.end = p.Finished()
		}
		s.open = s.open || p.Stop == nil
	default:
		if gap := p.Started().Sub(s.end); len(s.list) == 0 || gap < s.after {
			s.after = gap
		}
		s.suspect(p, first)
	}
	if p.isAnswer() {
		s.answers[key] = true
	}
}

func (s *search) suspect(p *Point, firstAnswer bool) {
	s.suspects[p] = true
	s.list = append(s.list, p)
	s.proved = s.proved || s.proves(p, firstAnswer)
	if id := p.server(); id != "" && len(s.servers) < maxServers && !slices.Contains(s.servers, id) {
		s.servers = append(s.servers, id)
	}
}

// workForOthers reports whether suspects work for a server that none of the
// trace's own points names.
func (s *search) workForOthers() bool {
	return slices.ContainsFunc(s.servers, func(id string) bool {
		return !slices.ContainsFunc(s.trace.all, func(p *Point) bool {
			return !s.suspects[p] && p.Start != nil && bytes.Contains(p.Start.Payload, []byte(id))
		})
	})
}

// inTime reports whether the trace's own points are still written when p
// starts, or were written shortly before.
func (s *search) inTime(p *Point) bool {
	return s.open || s.end.IsZero() || !p.Started().After(s.end.Add(StrangerGap))
}

// proves reports whether only a thread that kept the trace can have written the
// suspect.
func (s *search) proves(p *Point, firstAnswer bool) bool {
	switch {
	case p.isHeartbeat():
		return true
	case p.Name == "wsgi" || p.parent == nil || firstAnswer:
		return false
	case s.requests.front[p.parent]:
		return true
	}
	return p.isAnswer() && p.parent.isClientMethod()
}

// isAnswer reports whether the point is work that another service, or the same
// one on another host, did for the parent's RPC. The parent need not be stored.
func (p *Point) isAnswer() bool {
	return p.Name != "wsgi" && (p.parent == nil || p.place() != p.parent.place())
}

// isHeartbeat reports whether the point is nova-conductor's work for the state
// that a Nova service reports of itself every few seconds.
func (p *Point) isHeartbeat() bool { return strings.HasPrefix(p.savedObject(), "Service(") }

// server returns the uuid of the server for which nova-conductor works at the
// point, if the object that it works on, or the method that it calls, names
// one.
func (p *Point) server() string {
	object := p.savedObject()
	_, id, found := strings.Cut(object, "instance_uuid=")
	switch {
	case found:
	case strings.HasPrefix(object, "Instance("):
		_, id, _ = strings.Cut(object, ",uuid=")
	case p.Name == "rpc" && strings.HasSuffix(p.function("name"), ".ConductorManager.object_class_action_versions"):
		called := p.function("kwargs")
		if strings.Contains(called, "'objmethod': 'get_by_instance_uuid'") || strings.HasPrefix(called, "{'objname': 'InstanceActionEvent'") {
			_, id, _ = strings.Cut(called, "'args': ['")
		}
	}
	id = id[:min(len(id), uuid.Len)]
	if _, ok := uuid.Parse(id); !ok {
		return ""
	}
	return id
}

// savedObject returns the object, as Python writes it, on which nova-conductor
// works for the service that called it (nova/conductor/manager.py,
// object_action).
func (p *Point) savedObject() string {
	if p.Name != "rpc" || !strings.HasSuffix(p.function("name"), ".ConductorManager.object_action") {
		return ""
	}
	object, _ := strings.CutPrefix(p.function("kwargs"), "{'objinst': ")
	return object
}

// function returns a member of the object "function" in the info of the point's
// start.
func (p *Point) function(name string) string {
	if p.Start == nil {
		return ""
	}
	return string(unquote(member(member(member(p.Start.Payload, "info"), "function"), name)))
}

// requests tells which points work for a request that a program sent.
type requests struct {
	below map[*Point]bool // it is the "wsgi" point of a service, or below one
	front map[*Point]bool // it is in the service that the program sent a request to
}

func requestsOf(t *Trace) requests {
	r := requests{map[*Point]bool{}, map[*Point]bool{}}
	for p := range t.All() {
		switch serves := p.Name == "wsgi" && !p.isSpan(); {
		case p.parent != nil && r.below[p.parent]:
			r.below[p] = true
			r.front[p] = r.front[p.parent] && p.place() == p.parent.place()
		case serves:
			r.below[p], r.front[p] = true, true
		}
	}
	return r
}

// sentByProgram reports whether the point is a program's span, or a request
// that a program sent.
func (t *Trace) sentByProgram(p *Point, r requests) bool {
	switch {
	case p.isSpan(), p.parent != nil && p.parent.isSpan():
		return true
	case p.parent == nil:
		return p.Name == "wsgi" || p.ParentID == t.BaseID
	}
	return p.Name == "wsgi" && !r.below[p.parent]
}

// isSpan reports whether a program stored one of its spans as this point.
func (p *Point) isSpan() bool {
	n := p.Start
	if n == nil {
		n = p.Stop
	}
	return member(member(n.Payload, "info"), "opentelemetry") != nil
}
