// SPDX-License-Identifier: Apache-2.0

package requestid

import (
	"maps"
	"slices"
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

// The ids are random UUIDs of version 4.
func TestNew(t *testing.T) {
	const form = "req-........-....-4...-v...-............"
	var seen [len(form)]map[byte]bool
	ids := map[string]bool{}
	for range 1000 {
		id := New()
		if len(id) != len(form) || !IsGlobal(id) || ids[id] {
			t.Fatal(id)
		}
		ids[id] = true
		for i := range len(id) {
			if seen[i] == nil {
				seen[i] = map[byte]bool{}
			}
			seen[i][id[i]] = true
		}
	}
	for i, digits := range seen {
		want := string(form[i])
		switch form[i] {
		case '.':
			want = "0123456789abcdef"
		case 'v':
			want = "89ab"
		}
		if got := string(slices.Sorted(maps.Keys(digits))); got != want {
			t.Errorf("at %d stand %q, want %q", i, got, want)
		}
	}
}
