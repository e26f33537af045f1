// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// traces are the traces that the commands of the documents find in the store. Each is
// a recording in cmd/ostrace/testdata/traces, with another id and at another time.
var traces = []struct {
	id        string
	recording string
	began     time.Time
}{
	{"5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b", "createserver", ago(10 * time.Minute)},
	{"8b1c1857-17fd-cf74-5a88-4f1f130f940d", "createserver", time.Date(2026, 11, 28, 1, 23, 29, 0, time.UTC)},
	{"8a9ff9cd-3428-783e-a29e-34265e27fee7", "openstack-delete", ago(25 * time.Minute)},
	{"60b0d14a-a1e4-f86e-ccc8-27599eec9e1d", "openstack-create", ago(30 * time.Minute)},
	{"6084e416-43a5-dce5-9271-5232c088494d", "cut-off", ago(35 * time.Minute)},
	// These are in the spans of time that ostrace diff compares.
	{"11f0a0c5-50a4-4f8e-8d4b-6f5cf0c5c6a1", "openstack-create", ago(36 * time.Hour)},
	{"22f0a0c5-50a4-4f8e-8d4b-6f5cf0c5c6a2", "openstack-create", time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)},
	{"33f0a0c5-50a4-4f8e-8d4b-6f5cf0c5c6a3", "openstack-create", time.Date(2026, 11, 28, 1, 35, 0, 0, time.UTC)},
	{"44f0a0c5-50a4-4f8e-8d4b-6f5cf0c5c6a4", "openstack-create", time.Date(2026, 11, 28, 1, 39, 0, 0, time.UTC)},
}

func ago(d time.Duration) time.Time { return time.Now().UTC().Add(-d) }

// store puts the traces into a Redis as OSProfiler's driver does.
func store(t *testing.T, server *miniredis.Miniredis) {
	t.Helper()
	const layout = "2006-01-02T15:04:05.000000"
	for _, trace := range traces {
		recording := text(t, filepath.Join(root, "cmd/ostrace/testdata/traces", trace.recording+".jsonl"))
		id, shift := "", time.Duration(0)
		for line := range strings.Lines(recording) {
			n := map[string]any{}
			if err := json.Unmarshal([]byte(line), &n); err != nil {
				t.Fatal(err)
			}
			timestamp, err := time.Parse(layout, n["timestamp"].(string))
			if err != nil {
				t.Fatal(err)
			}
			if id == "" {
				id, shift = n["base_id"].(string), trace.began.Sub(timestamp)
			}
			n["timestamp"] = timestamp.Add(shift).Format(layout)
			moved, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := server.Lpush("osprofiler_opt:"+trace.id, strings.ReplaceAll(string(moved), id, trace.id)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
