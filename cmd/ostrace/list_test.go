// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/ostrace/ostrace/points"
)

func TestList(t *testing.T) {
	connectionString, server := redis(t)
	const recentID = "0af76519-16cd-43dd-8448-eb211c80319c"
	recent := time.Now().UTC().Add(-time.Minute).Format(points.TimestampFormat)
	notification := `{"name": "a-stop", "base_id": "` + recentID + `", "trace_id": "1", "parent_id": "0", "timestamp": "` + recent + `", "info": {"host": "vm", "etype": "ValueError"}, "project": "p", "service": "s"}`
	if _, err := server.Lpush("osprofiler_opt:"+recentID, notification); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(must(t, "list", "--connection-string", connectionString)), "\n")
	if len(lines) != 3 || strings.Join(strings.Fields(lines[0]), " ") != "BASE_ID TIMESTAMP DURATION POINTS OPERATION" {
		t.Fatalf("%q", lines)
	}
	if !strings.HasPrefix(lines[1], recentID) || !strings.HasPrefix(lines[2], imageShow) || !strings.Contains(lines[2], " 18  GET /v3") {
		t.Errorf("%q", lines)
	}

	var list []map[string]any
	since := must(t, "list", "--json", "--since", "1h", "--connection-string", connectionString)
	if err := json.Unmarshal([]byte(since), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0]["timestamp"] != recent || list[0]["base_id"] != recentID || list[0]["points"] != 1.0 {
		t.Errorf("%s", since)
	}

	// No service has marked the trace.
	failed := must(t, "list", "--errors", "--connection-string", connectionString)
	if strings.Contains(failed, imageShow) || !strings.Contains(failed, recentID) {
		t.Errorf("%s", failed)
	}
}

// The rows that have to be read are found, however many traces come before
// them, and with few candidates in memory at a time.
func TestListSearches(t *testing.T) {
	server := miniredis.RunT(t)
	const many = 2*candidatesAtOnce + 10
	at := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for i := range many {
		etype := ""
		if i < 3 || i == many-1 {
			etype = `, "etype": "ValueError"`
		}
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		for j, name := range []string{"a-start", "a-stop"} {
			_, err := server.Lpush("osprofiler_opt:"+id, fmt.Sprintf(`{"name": %q, "base_id": %q, "trace_id": "1", "parent_id": "0", "timestamp": %q, "info": {"host": "vm"%s}, "project": "p", "service": "s"}`,
				name, id, at.Add(time.Duration(i)*time.Second+time.Duration(j*(many-i))*time.Millisecond).Format(points.TimestampFormat), etype))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		args string
		want []int
		more bool
	}{
		{"-n 3", []int{many - 1, many - 2, many - 3}, true},
		{"-n 3 --slowest", []int{0, 1, 2}, true},
		{"-n 3 --errors", []int{many - 1, 2, 1}, true},
		{"-n 4 --errors", []int{many - 1, 2, 1, 0}, false},
		{"-n 0 --errors", []int{many - 1, 2, 1, 0}, false},
		{"--errors", []int{many - 1, 2, 1, 0}, false},
		{"--errors --slowest -n 2", []int{0, 1}, true},
		{"--errors --service s --slowest", []int{0, 1, 2, many - 1}, false},
		{"--errors --service t", nil, false},
		{"--min-duration 2009ms", []int{1, 0}, false},
	} {
		args := append([]string{"list", "--json", "--connection-string", "redis://" + server.Addr()}, strings.Fields(test.args)...)
		stdout, stderr, status := call(t, args...)
		var list []struct {
			BaseID string `json:"base_id"`
		}
		if err := json.Unmarshal([]byte(stdout), &list); err != nil || status != 0 {
			t.Fatalf("%s: %v, status %d, %s", test.args, err, status, stderr)
		}
		var got []int
		for _, one := range list {
			var i int
			if _, err := fmt.Sscanf(one.BaseID, "00000000-0000-4000-8000-%d", &i); err != nil {
				t.Fatal(err)
			}
			got = append(got, i)
		}
		if !slices.Equal(got, test.want) || strings.Contains(stderr, "there are more") != test.more {
			t.Errorf("%s: %v, %q; want %v", test.args, got, stderr, test.want)
		}
	}
}

// The holder of a key can sign any base_id, but can't control a terminal with
// it.
func TestListOfOddIDs(t *testing.T) {
	connectionString, server := redis(t)
	const odd = "\x1b]0;x\x07\nid"
	payload, _ := json.Marshal(map[string]any{"name": "a-start", "base_id": odd, "trace_id": "1", "timestamp": "2026-01-31T00:00:00.1"})
	if _, err := server.Lpush("osprofiler_opt:"+odd, string(payload)); err != nil {
		t.Fatal(err)
	}
	got := must(t, "list", "--connection-string", connectionString)
	if strings.ContainsAny(got, "\x1b\x07") || strings.Count(got, "\n") != 3 {
		t.Errorf("%q", got)
	}
	for typed, offers := range map[string]bool{"": true, imageShow[:4]: true, "b": false} {
		offered, _, _ := call(t, "__complete", "show", "--connection-string", connectionString, typed)
		if strings.ContainsAny(offered, "\x1b\x07") || strings.Contains(offered, imageShow) != offers {
			t.Errorf("completion of %q: %q", typed, offered)
		}
	}
}

// A trace whose first notification can't be read is listed too.
func TestListOfAnUnreadableTrace(t *testing.T) {
	connectionString, server := redis(t)
	const id = "22222222-3333-4444-5555-666666666666"
	if _, err := server.Lpush("osprofiler_opt:"+id, "garbage"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"list", "--since", "1h"}} {
		stdout, stderr, status := call(t, append(args, "--connection-string", connectionString)...)
		if status != 0 || !strings.Contains(stdout, id) || !strings.Contains(stderr, "1 stored notification could not be used") {
			t.Errorf("%v: status %d, %s%s", args, status, stdout, stderr)
		}
		if strings.Contains(stdout, "0001-01-01") {
			t.Errorf("a time from nowhere: %s", stdout)
		}
	}
}
