// SPDX-License-Identifier: Apache-2.0

package points

import (
	"slices"
	"strings"
)

// unanswered are the points that sent an RPC which nothing in the trace answers,
// but for strangers, by their start.
func (t *Trace) unanswered(foreign map[*Point]bool) []*Point {
	var senders []*Point
	elsewhere := map[string][]*Point{} // by the method's name: work that is not the first below its sender
	began := map[*Point]bool{}         // senders below which their method's work is
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
		if slices.ContainsFunc(sender.Children, (*Point).isAnswer) { // the first one is no stranger
			return true
		}
		// What began before this sender answers no later one either.
		list := elsewhere[sender.message()]
		for len(list) > 0 && list[0].Started().Before(sender.Started()) {
			list = list[1:]
		}
		answered := len(list) > 0
		elsewhere[sender.message()] = list[min(len(list), 1):]
		return answered
	})
}

// message is the method of the service that the point sends an RPC to, or empty
// if it sends none.
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

// silentMethods of Nova's RPC clients send nothing (nova/compute/rpcapi.py).
var silentMethods = []string{"get_client", "prepare_for_alt_rpcserver", "router", "supports_numa_live_migration"}

// handedOver are the methods of Nova's compute API that cast to nova-conductor, and
// what they cast (nova/compute/api.py).
var handedOver = map[string]string{
	"create":       "schedule_and_build_instances",
	"live_migrate": "live_migrate_instance",
	"evacuate":     "rebuild_instance",
	"rebuild":      "rebuild_instance",
	"resize":       "migrate_server",
}

// isClientMethod tells whether the point is a method of an RPC client, which sends
// one message.
func (p *Point) isClientMethod() bool {
	return p.Name == "rpc" && strings.Contains(p.function("name"), ".rpcapi.")
}

// method is the name of the point's function, without its module and class.
func (p *Point) method() string {
	name := p.function("name")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// failed tells whether the point raised an exception.
func (p *Point) failed() bool {
	return p.Stop != nil && member(member(p.Stop.Payload, "info"), "etype") != nil
}
