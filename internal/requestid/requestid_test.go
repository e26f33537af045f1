// SPDX-License-Identifier: Apache-2.0

package requestid

import (
	"regexp"
	"testing"

	"github.com/ostrace/ostrace/internal/uuid"
)

// The verdicts are those of the pattern in oslo.middleware's request_id.
func TestIsGlobal(t *testing.T) {
	for id, want := range map[string]bool{
		"req-b74f3410-5463-852d-9c43-4723dde138d8":   true,
		"req-B74f3410-5463-852d-9c43-4723dde138d8":   false,
		"b74f3410-5463-852d-9c43-4723dde138d8":       false,
		"req-b74f34105463852d9c434723dde138d8":       false,
		"req-b74f3410-5463-852d-9c43-4723dde138d8\n": false,
		"req-b74f3410-5463-852d-9c43-4723dde138dg":   false,
		"req-b74f3410x5463-852d-9c43-4723dde138d8":   false,
		"req-": false,
		"":     false,
	} {
		if got := IsGlobal(id); got != want {
			t.Errorf("%q: got %v", id, got)
		}
	}
}

func TestOf(t *testing.T) {
	id, _ := uuid.Parse("b74f34105463852d9c434723dde138d8")
	if got, want := Of(id), "req-b74f3410-5463-852d-9c43-4723dde138d8"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNew(t *testing.T) {
	version4 := regexp.MustCompile(`^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := New()
		if !version4.MatchString(id) || !IsGlobal(id) || seen[id] {
			t.Fatal(id)
		}
		seen[id] = true
	}
}
