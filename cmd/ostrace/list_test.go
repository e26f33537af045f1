// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	connectionString, server := redis(t)
	recent := time.Now().UTC().Add(-time.Minute).Format("2006-01-02T15:04:05.000000")
	notification := `{"name": "a-start", "base_id": "0af76519-16cd-43dd-8448-eb211c80319c", "trace_id": "1", "parent_id": "0", "timestamp": "` + recent + `", "info": {"host": "vm"}, "project": "p", "service": "s"}`
	if _, err := server.Lpush("osprofiler_opt:0af76519-16cd-43dd-8448-eb211c80319c", notification); err != nil {
		t.Fatal(err)
	}
	if err := server.Set("osprofiler_error:"+imageShow, `{"base_id": "`+imageShow+`", "timestamp": "2026-11-22T16:51:38.500000"}`); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(must(t, "list", "--connection-string", connectionString)), "\n")
	first, last := strings.Fields(lines[1]), strings.Fields(lines[len(lines)-1])
	if len(lines) != 3 || strings.Join(strings.Fields(lines[0]), " ") != "BASE_ID TIMESTAMP NOTIFICATIONS" {
		t.Fatalf("%q", lines)
	}
	oldest := imageShow
	if time.Now().Before(time.Date(2026, 11, 22, 16, 51, 38, 0, time.UTC)) {
		oldest = first[0]
	}
	if last[0] != oldest || len(last) != 3 {
		t.Errorf("%q", lines)
	}

	var list []map[string]any
	since := must(t, "list", "--json", "--since", "1h", "--connection-string", connectionString)
	if err := json.Unmarshal([]byte(since), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 || list[0]["timestamp"] == "" || !strings.Contains(since, "0af76519-16cd-43dd-8448-eb211c80319c") {
		t.Errorf("%s", since)
	}

	failed := must(t, "list", "--errors", "--connection-string", connectionString)
	if !strings.Contains(failed, imageShow) || strings.Contains(failed, "0af76519") {
		t.Errorf("%s", failed)
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
