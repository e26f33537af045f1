// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// info makes the server answer INFO.
func info(r *miniredis.Miniredis, text string) {
	answer(r, "INFO", func(c *server.Peer, args []string) bool {
		if len(args) != 1 || args[0] != "memory" {
			return false
		}
		c.WriteBulk(text)
		return true
	})
}

func TestRetention(t *testing.T) {
	const unlimited = "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"
	for _, test := range []struct {
		name, info string
		expires    int // of three traces
		want       Retention
		limited    bool
	}{
		{"without a limit", unlimited, 0, Retention{1 << 20, 0, "noeviction", false}, false},
		{"one trace stays", unlimited, 2, Retention{1 << 20, 0, "noeviction", false}, false},
		{"all traces expire", unlimited, 3, Retention{1 << 20, 0, "noeviction", true}, true},
		{"eviction", "used_memory:1\r\nmaxmemory:1000\r\nmaxmemory_policy:allkeys-lfu\r\n", 0, Retention{1, 1000, "allkeys-lfu", false}, true},
		{"eviction of nothing", "used_memory:1\r\nmaxmemory:1000\r\nmaxmemory_policy:volatile-lru\r\n", 0, Retention{1, 1000, "volatile-lru", false}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, s := start(t)
			for i, id := range []string{"a", "b", "c"} {
				push(t, r, "osprofiler_opt:"+id, text(id, 1, ""))
				if i < test.expires {
					r.SetTTL("osprofiler_opt:"+id, time.Hour)
				}
			}
			set(t, r, "of somebody else", "x")
			info(r, test.info)
			got, err := s.Retention(t.Context())
			if err != nil || got != test.want || got.Limited() != test.limited {
				t.Errorf("%+v, limited %t, %v; want %+v, %t", got, got.Limited(), err, test.want, test.limited)
			}
		})
	}
}

func TestRetentionErrors(t *testing.T) {
	for text, says := range map[string]string{
		"":                                    "does not say maxmemory",
		"used_memory:much\r\nmaxmemory:1\r\n": "used_memory in the server's answer to INFO is not a number",
	} {
		r, s := start(t)
		info(r, text)
		_, err := s.Retention(t.Context())
		isClear(t, err, says)
	}
	r, s := start(t)
	answer(r, "INFO", func(c *server.Peer, _ []string) bool {
		c.WriteError("NOPERM this user has no permissions to run the 'info' command")
		return true
	})
	_, err := s.Retention(t.Context())
	isClear(t, err, "NOPERM")
}
