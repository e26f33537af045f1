// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

func TestParseMessage(t *testing.T) {
	const payload = `{"name": "db-start", "base_id": "b", "parent_id": "p", "trace_id": "t", "timestamp": "2026-01-31T23:59:59.123456", ` +
		`"info": {"host": "vm", "db": {"params": %s}}, "project": "nova", "service": "api"}`
	message := func(params string) string {
		return `{"message_id": "m", "publisher_id": "vm", "event_type": "profiler.api", "priority": "INFO", "payload": ` +
			strings.ReplaceAll(payload, "%s", params) + `, "timestamp": "2026-01-31 23:59:59.200000", "_unique_id": "u", "_context_user": "admin"}`
	}
	for name, test := range map[string]struct{ body, params string }{
		"without an envelope":      {message(`{"a": 1}`), `{"a": 1}`},
		"with an envelope":         {`{"oslo.version": "2.0", "oslo.message": ` + strconv.Quote(message(`{"a": 1}`)) + `}`, `{"a": 1}`},
		"NaN":                      {message(`[NaN, -Infinity, "NaN"]`), `["NaN", "-Infinity", "NaN"]`},
		"NaN in an envelope":       {`{"oslo.message": ` + strconv.Quote(message("NaN")) + `}`, `"NaN"`},
		"bytes that are not UTF-8": {message("\"\xff\""), "\"\ufffd\""},
	} {
		got, err := points.ParseMessage([]byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := points.ParseNotification([]byte(strings.ReplaceAll(payload, "%s", test.params)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	for name, body := range map[string]string{
		"nothing":                  "",
		"no JSON":                  "{",
		"a list":                   "[]",
		"no payload":               `{"event_type": "x"}`,
		"a payload that is a text": `{"payload": "x"}`,
		"no point":                 `{"payload": {"name": "x"}}`,
		"a broken envelope":        `{"oslo.version": "2.0", "oslo.message": "{"}`,
		"an envelope of a number":  `{"oslo.version": "2.0", "oslo.message": 7}`,
		"no timestamp":             `{"payload": {"name": "x-start", "trace_id": "t"}}`,
	} {
		if n, err := points.ParseMessage([]byte(body)); !errors.Is(err, points.ErrUnreadable) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

// Whatever a message is, the result is an error or a notification with valid JSON.
func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(`{"payload": {"name": "a-start", "trace_id": "1", "timestamp": "2026-01-31T00:00:00.1", "info": {"host": NaN}}}`))
	f.Add([]byte(`{"oslo.version": "2.0", "oslo.message": "{\"payload\": {\"name\": \"a-stop\", \"trace_id\": \"1\", \"timestamp\": \"2026-01-31T00:00:00.1\"}}"}`))
	f.Add([]byte("{\"payload\": [\"\xff\"]}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := points.ParseMessage(body)
		switch {
		case err != nil && !errors.Is(err, points.ErrUnreadable):
			t.Errorf("%v", err)
		case err == nil && (n.Name == "" || n.TraceID == "" || !json.Valid(n.Payload)):
			t.Errorf("%+v", n)
		}
	})
}
