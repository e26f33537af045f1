// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

// at is a snapshot in which nova-api has used so much processor time, in ms.
func at(cpu, got int) snapshot {
	return snapshot{
		services: map[string]usage{"nova-api": {cpu: time.Duration(cpu) * time.Millisecond, resident: 1000}, "redis": {resident: 10}},
		sink:     recorded{Spans: map[string]spans{"nova-api": {httpServer: got}}, Bytes: int64(10 * got)},
	}
}

// What a service does in its turns is told from what it does between and after them.
func TestMeasurement(t *testing.T) {
	m := measurement{
		work: workList, before: at(100, 1), after: at(190, 4), window: 9 * time.Second, wall: 2 * time.Second,
		calls:  []timed{{"list servers", time.Second}, {"list servers", 3 * time.Second}},
		stored: recorded{Spans: map[string]spans{"nova-conductor": {sql: 7}}, Bytes: 5},
	}
	m.turn(at(100, 1), at(130, 1))
	m.turn(at(150, 1), at(170, 1))
	rows := map[string]row{}
	for _, r := range m.rows() {
		rows[r.of] = r
	}
	whole := row{
		work: workList, calls: 2, wall: 2 * time.Second, window: 9 * time.Second, p50: time.Second, p90: 3 * time.Second,
		cpu: 50 * time.Millisecond, outOfTurn: 40 * time.Millisecond, resident: 1010, spans: spans{httpServer: 3, sql: 7}, bytes: 35,
	}
	if rows[""] != whole {
		t.Errorf("the whole is %+v, want %+v", rows[""], whole)
	}
	api := row{work: workList, of: "nova-api", cpu: 50 * time.Millisecond, outOfTurn: 40 * time.Millisecond, resident: 1000, spans: spans{httpServer: 3}}
	if rows["nova-api"] != api {
		t.Errorf("nova-api is %+v, want %+v", rows["nova-api"], api)
	}
	if rows["nova-conductor"].spans[sql] != 7 || rows[ofCall+"list servers"].calls != 2 || len(rows) != 6 {
		t.Errorf("%+v", rows)
	}
}
