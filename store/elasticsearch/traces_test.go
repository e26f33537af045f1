// SPDX-License-Identifier: Apache-2.0

package elasticsearch

import (
	"encoding/json"
	"testing"
)

// A server that maps timestamps as dates sorts by milliseconds, and puts documents of
// the same millisecond in any order.
func TestSameMillisecond(t *testing.T) {
	var b bucket
	if err := json.Unmarshal([]byte(`{"key": {"base_id": "1"}, "doc_count": 4,
		"earliest": {"hits": {"hits": [
			{"_source": {"name": "db-start", "timestamp": "2026-01-31T23:59:59.123456"}},
			{"_source": {"name": "wsgi-start", "timestamp": "2026-01-31T23:59:59.123001", "info": {"request": {"method": "GET", "path": "/v3"}}}},
			{"_source": {"name": "db-stop", "timestamp": "2026-01-31T23:59:59.125000"}}]}},
		"latest": {"hits": {"hits": [
			{"_source": {"timestamp": "2026-01-31T23:59:59.987001"}},
			{"_source": {"timestamp": "2026-01-31T23:59:59.987654"}},
			{"_source": {"timestamp": "2026-01-31T23:59:59.125000"}}]}}}`), &b); err != nil {
		t.Fatal(err)
	}
	trace, err := b.summary()
	if err != nil || trace.Operation != "GET /v3" || trace.Timestamp.Nanosecond() != 123001000 || trace.Newest.Nanosecond() != 987654000 {
		t.Errorf("%+v, %v", trace, err)
	}
}
