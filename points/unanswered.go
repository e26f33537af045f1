// SPDX-License-Identifier: Apache-2.0

package points

import (
	"slices"
	"strings"
)

// unanswered returns the points that sent an RPC which no point of the trace
// answers, in the order of their start. Strangers are not answers.
func (t *Trace) unanswered(foreign map[*Point]bool) []*Point {
	var senders []*Point
	elsewhere := map[string][]*Point{} // by the method's name, the work that is not the first below its sender
	began := map[*Point]bool{}         // the senders that have their method's work below them
	for p := range t.All() {
		if foreign[p] {
			continue
		}
		if p.message() != "" && !p.failed() {
			senders = append(senders, p)
		}
		if p.Name != "rpc" || p.isClientMethod() {
			continue
		}
		if name := p.method(); p.parent == nil || p.parent.message() != name || began[p.parent] {
			elsewhere[name] = append(elsewhere[name], p)
		} else {
			began[p.parent] = true
		}
	}
	byStart := func(a, b *Point) int { return a.Started().Compare(b.Started()) }
	slices.SortStableFunc(senders, byStart)
	for _, list := range elsewhere {
		slices.SortStableFunc(list, byStart)
	}
	return slices.DeleteFunc(senders, func(sender *Point) bool {
		if slices.ContainsFunc(sender.Children, (*Point).isAnswer) { // the first answer is never a stranger
			return true
		}
		// Work that began before this sender can't answer a later one either.
		list := elsewhere[sender.message()]
		for len(list) > 0 && list[0].Started().Before(sender.Started()) {
			list = list[1:]
		}
		answered := len(list) > 0
		elsewhere[sender.message()] = list[min(len(list), 1):]
		return answered
	})
}

// message returns the method of the service to which the point sends an RPC. It
// is empty if the point sends none.
func (p *Point) message() string {
	switch {
	case p.Name == "rpc" && p.isClientMethod():
		if p.parent != nil && p.parent.isClientMethod() || slices.Contains(silentMethods, p.method()) {
			return ""
		}
		return p.method()
	case p.Name == "compute_api" && strings.HasPrefix(p.function("name"), "nova.compute.api.API."):
		return handedOver[p.method()]
	}
	return ""
}

// silentMethods are the methods of Nova's RPC clients that send nothing
// (nova/compute/rpcapi.py).
var silentMethods = []string{"get_client", "prepare_for_alt_rpcserver", "router", "supports_numa_live_migration"}

// handedOver has the methods of Nova's compute API that cast to nova-conductor,
// and the method that each casts (nova/compute/api.py).
var handedOver = map[string]string{
	"create":       "schedule_and_build_instances",
	"live_migrate": "live_migrate_instance",
	"evacuate":     "rebuild_instance",
	"rebuild":      "rebuild_instance",
	"resize":       "migrate_server",
}

// isClientMethod reports whether the point is a method of an RPC client that
// sends one message.
func (p *Point) isClientMethod() bool {
	return p.Name == "rpc" && strings.Contains(p.function("name"), ".rpcapi.")
}

// method returns the name of the point's function, without its module and
// class.
func (p *Point) method() string {
	name := p.function("name")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// failed reports whether the point raised an exception.
func (p *Point) failed() bool {
	return p.Stop != nil && member(member(p.Stop.Payload, "info"), "etype") != nil
}
