// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

const (
	base   = "a7d5e5ad-7c4e-4f31-9d5b-0f4f3f0c7f11"
	sent   = "a7d5e5ad-7c4e-4f31-00f0-67aa0ba902b7"
	api    = "6b1f3a52-2f9e-4dd3-8a43-5d6f6f6c1111"
	worker = "0d9c1d9e-7f31-4b0e-9a52-1f2b3c4d5e6f"
	guest  = "2c7a4b1e-93f4-4c55-8d0a-aaaabbbbcccc"
)

// Who hangs under whom, and which server a call is about, is still there when
// the ids are numbered anew.
func TestCompact(t *testing.T) {
	r := Recording{BaseID: base, Spans: []Span{{OSProfilerID: sent}}, Notifications: []notification{
		{ParentID: sent, TraceID: api, Info: map[string]any{"db": map[string]any{"statement": "SELECT instances.created_at, and much more", "params": "secret"}}},
		{ParentID: api, TraceID: worker, Info: map[string]any{"function": map[string]any{
			"name": "f", "args": "(<nova>, '" + guest + "')", "result": "long",
			"kwargs": "{'objinst': Instance(host='x',uuid=" + guest + ",vm_state='active')}",
		}}},
	}}
	r.compact()
	first, second := r.Notifications[0], r.Notifications[1]
	if first.ParentID != sent || first.TraceID == api || second.ParentID != first.TraceID || second.TraceID == first.TraceID {
		t.Errorf("%s under %s, and %s under %s", first.TraceID, first.ParentID, second.TraceID, second.ParentID)
	}
	db := first.Info["db"].(map[string]any)
	if db["statement"] != "SELECT instances.created" || db["params"] != nil {
		t.Errorf("the statement is %v", db)
	}
	function := second.Info["function"].(map[string]any)
	server, _ := function["args"].(string)
	if server == guest || server == "" || function["kwargs"] != "'objinst': Instance(,uuid="+server || function["result"] != nil {
		t.Errorf("the call is %v", function)
	}
}

func TestIsOfItsKind(t *testing.T) {
	settled := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	at := func(timestamp, function string) notification {
		return notification{Timestamp: timestamp, Info: map[string]any{"function": map[string]any{"name": function}}}
	}
	before, after := "2026-11-24T11:59:59.000001", "2026-11-24T12:00:00.000001"
	built, ended := "nova.compute.manager.ComputeManager.build_and_run_instance", "nova.compute.manager.ComputeManager.terminate_instance"
	for name, test := range map[string]struct {
		kind          string
		notifications []notification
		is            bool
	}{
		"strangers":                 {"contaminated", []notification{at(before, ""), at(after, "")}, true},
		"no strangers":              {"contaminated", []notification{at(before, "")}, false},
		"nothing from compute":      {"cut off", []notification{at(before, "")}, true},
		"half of it":                {"cut off", []notification{at(before, built)}, true},
		"whole in spite of threads": {"cut off", []notification{at(before, built), at(before, ended)}, false},
		"clean":                     {"clean", []notification{at(before, built)}, true},
	} {
		if is := (Recording{Kind: test.kind, Settled: settled, Notifications: test.notifications}).isOfItsKind(); is != test.is {
			t.Errorf("%s: %v", name, is)
		}
	}
}
