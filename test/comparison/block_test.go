// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// madeSide is a side without a cloud, which notes what it is told.
type madeSide struct {
	mu    *sync.Mutex
	said  *[]string
	setup string
	fails string // the call that fails
}

func (m *madeSide) say(call string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	*m.said = append(*m.said, m.setup+" "+call)
	if call == m.fails {
		return errors.New("it is broken")
	}
	return nil
}

func (m *madeSide) Up(_ context.Context, setup string) error {
	m.setup = setup
	return m.say("up")
}

func (m *madeSide) Begin(_ context.Context, work string, _ size) error {
	return m.say("begin " + work)
}

func (m *madeSide) Slice(_ context.Context, nth, of int) error {
	return m.say(fmt.Sprintf("%d of %d", nth, of))
}

func (m *madeSide) End(context.Context) ([]row, error) {
	return []row{{setup: m.setup, work: workList, calls: 1}}, m.say("end")
}

// sidesOf returns sides without clouds, and what they are told.
func sidesOf(n int) (sides []measured, said *[]string) {
	said = new([]string)
	mu := new(sync.Mutex)
	for range n {
		sides = append(sides, &madeSide{mu: mu, said: said})
	}
	return sides, said
}

// The set-ups of a block work in turn, first in one order and then in the other, and
// settle together.
func TestBlock(t *testing.T) {
	sides, said := sidesOf(3)
	b := block{sides: sides, settle: func(context.Context) error {
		*said = append(*said, "settle")
		return nil
	}}
	rows, err := b.measure(t.Context(), []setup{setupNamed("client-0.01"), setupNamed(nothing), setupNamed("otlp-requests")})
	if err != nil {
		t.Fatal(err)
	}
	if sides[0].(*madeSide).setup != nothing {
		t.Errorf("the first side has the set-up %s", sides[0].(*madeSide).setup)
	}
	want := `client-0.01 begin server
none begin server
otlp-requests begin server
client-0.01 0 of 4
none 0 of 4
otlp-requests 0 of 4
otlp-requests 1 of 4
none 1 of 4
client-0.01 1 of 4
client-0.01 2 of 4
none 2 of 4
otlp-requests 2 of 4
otlp-requests 3 of 4
none 3 of 4
client-0.01 3 of 4
settle
client-0.01 end
none end
otlp-requests end
none begin article
otlp-requests begin article
none 0 of 1
otlp-requests 0 of 1
settle
none end
otlp-requests end`
	if got := strings.Join(*said, "\n"); !strings.HasSuffix(got, want) || strings.Count(got, "begin list-4") > 0 {
		t.Errorf("the sides were told\n%s", got)
	}
	if len(rows) != 3+3+3+2+1 || rows[len(rows)-1].work != blockEnd || rows[0].setup != "client-0.01" {
		t.Errorf("%+v", rows)
	}
}

// An error of a side says which set-up it has.
func TestBlockFails(t *testing.T) {
	for _, call := range []string{"up", "begin list", fmt.Sprint("3 of ", workNamed(workList).slices), "end"} {
		sides, _ := sidesOf(2)
		sides[1].(*madeSide).fails = call
		b := block{sides: sides, settle: func(context.Context) error { return nil }}
		if _, err := b.measure(t.Context(), []setup{setupNamed(nothing), setupNamed("native-0")}); err == nil || err.Error() != "native-0: it is broken" {
			t.Errorf("%s fails: %v", call, err)
		}
	}
}

// A quick run has less work of more kinds.
func TestQuickBlock(t *testing.T) {
	sides, said := sidesOf(2)
	b := block{sides: sides, quick: true, settle: func(context.Context) error { return nil }}
	if _, err := b.measure(t.Context(), []setup{setupNamed(nothing), setupNamed("no-key")}); err != nil {
		t.Fatal(err)
	}
	var begun []string
	for _, call := range *said {
		if work, ok := strings.CutPrefix(call, "no-key begin "); ok {
			begun = append(begun, work)
		}
	}
	if want := []string{workIdle, workList, workList4, workServer, workCommandList}; !slices.Equal(begun, want) {
		t.Errorf("%q, want %q", begun, want)
	}
}
