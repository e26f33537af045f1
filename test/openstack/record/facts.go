// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
)

// facts are what a recording says of its trace.
type facts struct {
	strangers int
	whole     bool
}

// factsOf judges by when points began, and not by what points.Findings makes of
// them, which is tested with it.
func factsOf(c cloud, r recording, t *points.Trace) (facts, error) {
	var f facts
	missing := map[string]bool{
		"schedule_and_build_instances": true, selectDestinations: true, "build_and_run_instance": true,
		"terminate_instance": true, "delete_instance_info": true,
	}
	for p := range t.All() {
		if c.keepsTraces() && p.Started().After(r.ended.Truncate(time.Microsecond)) {
			f.strangers++
			continue
		}
		info, err := infoOf(p.Start)
		if err != nil {
			return f, err
		}
		delete(missing, managersMethod(info.Function.Name))
	}
	f.whole = len(missing) == 0 || !r.client.createsServers()
	return f, nil
}

const selectDestinations = "select_destinations"

// managersMethod returns which method of a worker's manager a function is, or "".
func managersMethod(function string) string {
	switch i := strings.LastIndexByte(function, '.'); {
	case strings.HasPrefix(function, "oslo_messaging.rpc.server"):
		return selectDestinations // the scheduler's is decorated, which hides its name
	case strings.Contains(function, ".manager."):
		return function[i+1:]
	}
	return ""
}
