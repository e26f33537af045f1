// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

func TestEncode(t *testing.T) {
	for payload, want := range map[string]string{
		`{}`: `"{}"`,
		`{"name": "x-start", "info": {"host": "h", "db": {"a": "\u0000\"\\"}}, "project": null}`: `"{\"info\":{\"host\":\"h\",\"db\":{\"a\":\"\\u0000\\\"\\\\\"}}}"`,
		`{"info": "é東🚀"}`: `"{\"info\":\"\u00e9\u6771\ud83d\ude80\"}"`,
	} {
		got, err := encode(points.Notification{Payload: []byte(payload)})
		if err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", payload, got, err, want)
		}
	}
	for _, payload := range []string{"", "[]", `"{}"`, `{"info": `, "\xff"} {
		if got, err := encode(points.Notification{Payload: []byte(payload)}); err == nil {
			t.Errorf("%s: %s", payload, got)
		}
	}
}

// FuzzData checks that decode returns a JSON object or an error, whatever the
// column holds, and that it reads every encoded value.
func FuzzData(f *testing.F) {
	for _, seed := range []string{`"{}"`, `{}`, `"{\"info\": {}}"`, `"null"`, `[`, `{"info": {"a": "é\ud83d\ude80"}}`, `{"info": 1e400}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		payload, err := decode(data)
		if err != nil {
			if !errors.Is(err, points.ErrUnreadable) {
				t.Fatalf("%v is not %v", err, points.ErrUnreadable)
			}
			return
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(payload, &object); err != nil || object == nil {
			t.Fatalf("%s: %v", payload, err)
		}
		encoded, err := encode(points.Notification{Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range encoded {
			if r > 127 {
				t.Fatalf("not in ASCII: %s", encoded)
			}
		}
		again, err := decode(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var want, got struct {
			Info json.RawMessage `json:"info"`
		}
		if json.Unmarshal(payload, &want) != nil || json.Unmarshal(again, &got) != nil {
			t.Fatalf("%s, then %s", payload, again)
		}
		var before, after any
		_ = json.Unmarshal(want.Info, &before)
		_ = json.Unmarshal(got.Info, &after)
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%s, then %s", payload, again)
		}
	})
}

// Notifications that are too many or too large for one statement are split.
func TestInserts(t *testing.T) {
	notification := func(size int) points.Notification {
		return points.Notification{BaseID: "b", TraceID: "t", Name: "x-start", Timestamp: time.Unix(0, 0),
			Payload: []byte(`{"info": "` + strings.Repeat("x", size) + `"}`)}
	}
	many := make([]points.Notification, 2*maxRows+1)
	for i := range many {
		many[i] = notification(1)
	}
	for _, dialect := range []dialect{mysqlDialect, postgresDialect} {
		s := &Store{dialect: dialect}
		for _, c := range []struct {
			notifications []points.Notification
			rows          []int
		}{
			{many[:1], []int{1}},
			{many, []int{maxRows, maxRows, 1}},
			{[]points.Notification{notification(maxBytes), notification(maxBytes), notification(1)}, []int{1, 1, 1}},
			{[]points.Notification{notification(1), notification(maxBytes / 2), notification(maxBytes / 3)}, []int{3}},
		} {
			statements, err := s.inserts(c.notifications)
			if err != nil {
				t.Fatal(err)
			}
			var rows []int
			for _, statement := range statements {
				rows = append(rows, len(statement.args)/9)
				last := s.parameter(len(statement.args))
				if !strings.Contains(statement.text, last) || strings.Count(statement.text, "(") < rows[len(rows)-1] {
					t.Errorf("%.200s", statement.text)
				}
			}
			if !reflect.DeepEqual(rows, c.rows) {
				t.Errorf("%d rows, want %d", rows, c.rows)
			}
		}
	}
}
