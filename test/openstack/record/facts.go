// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"time"

	"github.com/ostrace/ostrace/points"
)

// facts are the values that a recording has about its trace.
type facts struct {
	strangers int
	whole     bool
}

// factsOf uses the times at which points began. It does not use
// points.Findings, which is tested with the recordings.
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

// managersMethod returns the method of a worker's manager that a function is,
// or "".
func managersMethod(function string) string {
	switch i := strings.LastIndexByte(function, '.'); {
	case strings.HasPrefix(function, "oslo_messaging.rpc.server"):
		return selectDestinations // a decorator hides the name of the scheduler's method
	case strings.Contains(function, ".manager."):
		return function[i+1:]
	}
	return ""
}
