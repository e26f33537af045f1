// SPDX-License-Identifier: Apache-2.0

package openstack_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/test/openstack/changes"
)

// The first line of ostrace diff names what was changed in the cloud between two sets
// of traces. Two sets of the same cloud have nothing that changed.
func TestDiff(t *testing.T) {
	// t.Context() has ended when the cleanup runs.
	ctx := context.WithoutCancel(t.Context())
	if err := changes.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := changes.Clear(ctx); err != nil {
			t.Error(err)
		}
	})
	before, again := warmTraces(t), warmTraces(t)
	if first := firstLine(t, before, again); !strings.HasPrefix(first, "Nothing has changed") {
		t.Errorf("of two sets of the same cloud: %s", first)
	}
	for _, change := range changes.All {
		t.Run(change.Name, func(t *testing.T) {
			t.Cleanup(func() {
				if err := change.Undo(ctx); err != nil {
					t.Error(err)
				}
			})
			if err := change.Apply(ctx); err != nil {
				t.Fatal(err)
			}
			first := firstLine(t, before, warmTraces(t))
			t.Log(first)
			if !regexp.MustCompile(change.Cause).MatchString(first) {
				t.Errorf("it does not match %s", change.Cause)
			}
		})
	}
}

// warmTraces returns traces of servers, for which the services have what they keep for
// some minutes. There are several, because other work of the machine disturbs each of
// them.
func warmTraces(t *testing.T) (baseIDs string) {
	t.Helper()
	const several = 3
	tracedServer(t)
	var list []string
	for range several {
		r := tracedServer(t)
		eventually(t, func() error { return whole(points(t, r.BaseID), sentParents(r)) })
		list = append(list, r.BaseID)
	}
	return strings.Join(list, ",")
}

// firstLine returns the first line of ostrace diff, with its rest if it was too long.
func firstLine(t *testing.T, before, after string) string {
	t.Helper()
	text, _ := run(t, ostraceProgram, "diff", before, after, "--connection-string", redisURL)
	first, _, _ := strings.Cut(text, "\n\n")
	return strings.Join(strings.Fields(first), " ")
}
