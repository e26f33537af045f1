// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"testing"

	"github.com/alicebob/miniredis/v2/server"
)

// A server can claim any length for its answer.
func TestImpossibleLength(t *testing.T) {
	for _, claim := range []string{"$9223372036854775800\r\n", "*1\r\n$9223372036854775800\r\n"} {
		for _, command := range []string{"SCAN", "LRANGE"} {
			r, s := start(t)
			push(t, r, "osprofiler_opt:"+traceID, text(traceID, 1, ""))
			answer(r, command, func(c *server.Peer, _ []string) bool { c.WriteRaw(claim); return true })
			_, err := read(t, s, traceID)
			isClear(t, err, "redis://"+r.Addr())
		}
	}
}
