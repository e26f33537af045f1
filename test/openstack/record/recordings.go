// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ostrace/ostrace/points"
)

// recordings is the file. It has a gzip member for each trace, which gzip
// readers read as one text. Traces can be added concurrently.
type recordings struct {
	file *os.File
	lock sync.Mutex
}

// openRecordings opens the file, and keeps its content.
func openRecordings(name string) (*recordings, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644) //nolint:gosec // recordings are for all to read
	if err != nil {
		return nil, err
	}
	if _, err := gzip.NewReader(file); err != nil && !errors.Is(err, io.EOF) { // an empty file is new
		return nil, errors.Join(fmt.Errorf("%s is not a file of recordings: %w", name, err), file.Close())
	}
	return &recordings{file: file}, nil
}

func (f *recordings) Close() error { return f.file.Close() }

// add writes the stored points of a trace.
func (f *recordings) add(ctx context.Context, c cloud, r recording) error {
	lines, err := stored(ctx, r.baseID)
	if err != nil {
		return err
	}
	t, err := parse(r.baseID, lines)
	if err != nil {
		return err
	}
	if t.Len() == 0 {
		return fmt.Errorf("no points are stored for %s, a trace of %s", r.baseID, r.client)
	}
	return f.write(c, r, t)
}

func (f *recordings) write(c cloud, r recording, t *points.Trace) error {
	facts, err := factsOf(c, r, t)
	if err != nil {
		return err
	}
	head := headOf(c, r, facts)
	body, err := bodyOf(t, facts)
	if err != nil {
		return err
	}
	var member bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&member, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = io.WriteString(compressed, head+body)
	if err := errors.Join(err, compressed.Close()); err != nil {
		return err
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	if _, err := f.file.Write(member.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "record: %s", head)
	return nil
}
