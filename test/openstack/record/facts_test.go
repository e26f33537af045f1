// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// work has the functions of Nova's workers for a server.
var work = []string{
	"nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances",
	"nova.scheduler.manager.SchedulerManager.select_destinations",
	"nova.compute.manager.ComputeManager.build_and_run_instance",
	"nova.compute.manager.ComputeManager.terminate_instance",
	"nova.scheduler.manager.SchedulerManager.delete_instance_info",
}

func TestFacts(t *testing.T) {
	// points returns points at these times after 12:00, with these functions.
	points := func(clock string, functions ...string) string {
		var lines strings.Builder
		for i, function := range functions {
			id := fmt.Sprintf("6b1f3a52-2f9e-4dd3-8a43-%06d%06d", lines.Len(), i)
			lines.WriteString(notification("rpc-start", id, base, "12:"+clock, `{"function":{"name":"`+function+`","args":"","kwargs":""}}`))
		}
		return lines.String()
	}
	decorated := slices.Clone(work)
	decorated[1] = "oslo_messaging.rpc.server.expected_exceptions.<locals>.outer.<locals>.inner"
	for name, test := range map[string]struct {
		cloud  cloud
		client string
		stored string
		want   facts
	}{
		"whole":                        {threading, "go", points("00:00.5", work...), facts{0, true}},
		"whole, decorated":             {zed, "go", points("00:00.5", decorated...), facts{0, true}},
		"at the client's end":          {threading, "go", points("00:01.0", work...), facts{0, true}},
		"all after it":                 {threading, "go", points("00:01.000001", work...), facts{5, false}},
		"after it, in a clean cloud":   {eventlet, "go", points("00:09.0", work...), facts{0, true}},
		"nothing of compute":           {threading, "go", points("00:00.5", work[:2]...), facts{0, false}},
		"the scheduler's is missing":   {threading, "go", points("00:00.5", work[0], work[2], work[3], work[4]), facts{0, false}},
		"compute's was only sent":      {threading, "go", points("00:00.5", work[0], work[1], work[2], "nova.compute.rpcapi.ComputeAPI.terminate_instance", work[4]), facts{0, false}},
		"nothing but lists":            {eventlet, "list-5", points("00:00.5", ""), facts{0, true}},
		"lists, in a server's program": {eventlet, "python-5", points("00:00.5", ""), facts{0, false}},
	} {
		client, err := parseClient(test.client)
		if err != nil {
			t.Fatal(err)
		}
		got, err := factsOf(test.cloud, recording{client, base, ended}, parsed(t, test.stored))
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, test.want)
		}
	}
}
