// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ostrace/ostrace/test/openstack/changes"
)

// recordChanges records the traces for the test of ostrace diff: as many pairs of the
// cloud as it is, and as many traces after each change. The clients run one after the
// other.
func recordChanges(ctx context.Context, pairs int, output string) (err error) {
	c, err := findCloud()
	if err != nil {
		return fmt.Errorf("no OpenStack is up, or only a part of it: %w", err)
	}
	if c.keepsTraces() {
		return fmt.Errorf("changes can't be recorded on this cloud, %s, whose workers keep traces", c.name())
	}
	run, err := newRunner(ctx, c)
	if err != nil {
		return err
	}
	file, err := os.Create(output)
	if err != nil {
		return errors.Join(err, run.close())
	}
	defer func() { err = errors.Join(err, run.close(), file.Close()) }()
	compressed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	text := bufio.NewWriter(compressed)
	if err := recordAll(ctx, run, pairs, &callWriter{out: text, infos: map[string]int{}}); err != nil {
		return err
	}
	return errors.Join(text.Flush(), compressed.Close())
}

// changesClients are the clients of the changes that are not recorded with a server.
// Without its cache, Keystone needs so long for each token that a server takes minutes.
var changesClients = map[string]client{"token-cache-off": {"list", []string{"0", "0", "0"}}}

func recordAll(ctx context.Context, run runner, pairs int, w *callWriter) (err error) {
	if err := changes.Prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, changes.Clear(context.WithoutCancel(ctx))) }()
	server := client{program: "python"}
	if err := recordSet(ctx, run, "unchanged", server, 2*pairs, w); err != nil {
		return err
	}
	for _, change := range changes.All {
		c, ok := changesClients[change.Name]
		if !ok {
			c = server
		} else if err := recordSet(ctx, run, "before-"+change.Name, c, pairs, w); err != nil {
			return err
		}
		if err := change.Apply(ctx); err != nil {
			return errors.Join(err, change.Undo(context.WithoutCancel(ctx)))
		}
		err := recordSet(ctx, run, change.Name, c, pairs, w)
		if err := errors.Join(err, change.Undo(context.WithoutCancel(ctx))); err != nil {
			return err
		}
	}
	return nil
}

// warmUp is the number of clients that run before a set is recorded, so that the
// services have filled the caches that they keep for minutes.
const warmUp = 2

// recordSet records some traces of the cloud as it is now.
func recordSet(ctx context.Context, run runner, name string, c client, count int, w *callWriter) error {
	var done []recording
	for i := range warmUp + count {
		began := time.Now()
		r, err := run.run(ctx, c)
		if i < warmUp && err != nil {
			// Neutron can fail in its first request after it was restarted.
			fmt.Fprintf(os.Stderr, "record: %v\n", err)
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "record: %s %d: %v\n", name, i-warmUp+1, time.Since(began).Round(time.Millisecond))
		if i >= warmUp {
			done = append(done, r)
		}
	}
	if _, err := settle(ctx, done[len(done)-1].baseID, time.Minute); err != nil {
		return err
	}
	for _, r := range done {
		lines, err := stored(ctx, r.baseID)
		if err != nil {
			return err
		}
		t, err := parse(r.baseID, lines)
		if err != nil {
			return err
		}
		if err := w.write(name, t); err != nil {
			return err
		}
	}
	return nil
}
