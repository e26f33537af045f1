// SPDX-License-Identifier: Apache-2.0

package limit

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
)

// endless yields the same notification for ever.
func endless(size int) iter.Seq2[points.Notification, error] {
	n := points.Notification{Payload: make([]byte, size)}
	return func(yield func(points.Notification, error) bool) {
		for yield(n, nil) {
		}
	}
}

func where(t *testing.T) connection.String {
	t.Helper()
	s, err := connection.Parse("redis://:verysecret@host:1/2")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNotifications(t *testing.T) {
	small := Limits{Elements: 10, Bytes: 1000, Idle: 1}
	for name, test := range map[string]struct {
		limits   Limits
		sequence iter.Seq2[points.Notification, error]
		want     int
		err      string
	}{
		"too many":                {small, endless(1), 10, "host:1/2: there are more than 10 entries"},
		"too large":               {small, endless(300), 3, "host:1/2: the trace has more than 1000 bytes"},
		"too many, by default":    {Default(), endless(1), 10_000_000, "more than 10000000 entries"},
		"too large, by default":   {Default(), endless(1 << 20), 4096, "more than 4294967296 bytes"},
		"one that ends":           {small, first(10, endless(100)), 10, ""},
		"one that has one more":   {small, first(11, endless(0)), 10, "more than 10 entries"},
		"an error of its own":     {small, failing(endless(0)), 1, "its own"},
		"none":                    {small, first(0, endless(0)), 0, ""},
		"bytes to the last there": {small, first(2, endless(500)), 2, ""},
	} {
		read, last := 0, error(nil)
		for _, err := range test.limits.Notifications(where(t), test.sequence) {
			if last != nil {
				t.Fatalf("%s: there is more after %v", name, last)
			}
			if last = err; err == nil {
				read++
			}
		}
		if read != test.want || (last == nil) != (test.err == "") || last != nil && !strings.Contains(last.Error(), test.err) {
			t.Errorf("%s: %d notifications and %v, want %d and %q", name, read, last, test.want, test.err)
		}
		if last != nil && strings.Contains(last.Error(), "verysecret") {
			t.Errorf("%s: the password shows: %v", name, last)
		}
	}
}

func TestCount(t *testing.T) {
	l := Limits{Elements: 10}
	if err := l.Count(10); err != nil {
		t.Error(err)
	}
	if err := l.Count(11); err == nil {
		t.Error("11 of 10")
	}
}

func TestProgress(t *testing.T) {
	var p Progress
	l := Limits{Idle: 3}
	for i, broughtNew := range []bool{false, false, false, true, false, false, false} {
		if err := p.Answer(l, broughtNew); err != nil {
			t.Errorf("answer %d: %v", i, err)
		}
	}
	if err := p.Answer(l, false); err == nil || !strings.Contains(err.Error(), "3 answers in a row") {
		t.Errorf("after 4 without anything new: %v", err)
	}
}

// A reader can stop early.
func TestEnough(t *testing.T) {
	read := 0
	for range Default().Notifications(where(t), endless(1)) {
		if read++; read == 3 {
			break
		}
	}
	if read != 3 {
		t.Errorf("read %d", read)
	}
}

// first yields the first few elements.
func first(n int, sequence iter.Seq2[points.Notification, error]) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		left := n
		for element, err := range sequence {
			if left--; left < 0 || !yield(element, err) {
				return
			}
		}
	}
}

// failing yields one element and then an error.
func failing(sequence iter.Seq2[points.Notification, error]) iter.Seq2[points.Notification, error] {
	return func(yield func(points.Notification, error) bool) {
		for element, err := range first(1, sequence) {
			if !yield(element, err) || !yield(points.Notification{}, errors.New("its own")) {
				return
			}
		}
	}
}
