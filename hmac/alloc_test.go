//go:build !race

package hmac

import (
	"strings"
	"testing"
)

// The race detector makes sync.Pool forget at random, so allocations are
// counted without it.

func TestForgedHeadersCostNoAllocation(t *testing.T) {
	keys := Keys{mustKey(t, "current"), mustKey(t, "previous")}
	info, mac := mustKey(t, "other").SignedPack(benchTrace)
	huge := strings.Repeat("A", 1<<20)
	for name, headers := range map[string][2]string{
		"other key": {info, mac}, "not hex": {info, strings.Repeat("g", 40)}, "absent": {}, "huge info": {huge, mac}, "huge hmac": {info, huge},
	} {
		if n := testing.AllocsPerRun(100, func() { _, _, _ = keys.SignedUnpack(headers[0], headers[1]) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
