// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// startServer starts a MongoDB server whose cursors answer with the same batch
// for ever. It calls each before every answer.
func startServer(t *testing.T, batch bson.A, each func()) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for serve(conn, batch, each) == nil {
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// serve answers a message. A message has 16 bytes of header (length, id, id of
// the request, 2013 for OP_MSG), flags, and a section of the kind 0 with the
// document.
func serve(conn net.Conn, batch bson.A, each func()) error {
	header := make([]byte, 16)
	if _, err := io.ReadFull(conn, header); err != nil {
		return err
	}
	body := make([]byte, binary.LittleEndian.Uint32(header)-16)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	elements, err := bson.Raw(body[5:]).Elements()
	if err != nil || len(elements) == 0 {
		return err
	}
	answer := bson.D{{Key: "ok", Value: 1.0}}
	switch elements[0].Key() {
	case "hello":
		answer = append(answer, bson.E{Key: "isWritablePrimary", Value: true}, bson.E{Key: "minWireVersion", Value: 0},
			bson.E{Key: "maxWireVersion", Value: 21}, bson.E{Key: "maxBsonObjectSize", Value: 1 << 24},
			bson.E{Key: "maxMessageSizeBytes", Value: 1 << 25}, bson.E{Key: "maxWriteBatchSize", Value: 1000})
	case "find", "aggregate":
		answer = append(answer, bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(7)}, {Key: "ns", Value: "osprofiler.profiler"}, {Key: "firstBatch", Value: batch}}})
	case "getMore":
		each()
		answer = append(answer, bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(7)}, {Key: "ns", Value: "osprofiler.profiler"}, {Key: "nextBatch", Value: batch}}})
	}
	document, err := bson.Marshal(answer)
	if err != nil {
		return err
	}
	message := binary.LittleEndian.AppendUint32(nil, uint32(16+5+len(document)))
	message = append(message, header[4:8]...)
	message = append(message, header[4:8]...)
	message = binary.LittleEndian.AppendUint32(message, 2013)
	_, err = conn.Write(append(append(message, 0, 0, 0, 0, 0), document...))
	return err
}

// TestEndless reads cursors that never end: up to the limits, which are lower
// here, and without limits until the context ends.
func TestEndless(t *testing.T) {
	notification := bson.D{{Key: "name", Value: "db-start"}, {Key: "base_id", Value: "id"}, {Key: "trace_id", Value: "x"}, {Key: "timestamp", Value: "2026-01-31T23:59:59.123456"}}
	trace := bson.D{{Key: "_id", Value: "a\xffb"}, {Key: "timestamp", Value: "2026-01-31T23:59:59.123456"}, {Key: "notifications", Value: 1}}
	read := func(ctx context.Context, s *Store) (last error) {
		for _, err := range s.Notifications(ctx, "id") {
			last = err
		}
		return last
	}
	list := func(ctx context.Context, s *Store) (last error) {
		for summary, err := range s.List(ctx, points.AllTraces) {
			if last = err; err == nil && summary.BaseID != "a\ufffdb" {
				t.Errorf("%q is no UTF-8", summary.BaseID)
			}
		}
		return last
	}
	for name, test := range map[string]struct {
		batch bson.A
		use   func(ctx context.Context, s *Store) error
		want  string
	}{
		"a trace":              {bson.A{notification, notification}, read, "more than 50 entries"},
		"a trace with nothing": {bson.A{}, read, "20 answers in a row"},
		"a list":               {bson.A{trace, trace}, list, "more than 50 entries"},
		"a list with nothing":  {bson.A{}, list, "20 answers in a row"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var answers atomic.Int32
			address := startServer(t, test.batch, func() {
				if answers.Add(1) == 1000 {
					cancel()
				}
			})
			s, err := Open("mongodb://" + address)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if s.limits != limit.Default() {
				t.Error("other limits than those of every store")
			}
			s.options.SetServerAPIOptions(options.ServerAPI(options.ServerAPIVersion1)) // no message of an older form
			s.limits = limit.Limits{Elements: 50, Bytes: 1 << 30, Idle: 20}
			err = test.use(ctx, s)
			if err == nil || !strings.HasPrefix(err.Error(), "mongodb://"+address+": ") || !strings.Contains(err.Error(), test.want) || answers.Load() > 100 {
				t.Errorf("%v after %d answers, want %q", err, answers.Load(), test.want)
			}
			if name == "a trace" {
				s.limits = limit.Limits{Elements: math.MaxInt / 2, Bytes: 1000, Idle: 20}
				if err := test.use(ctx, s); err == nil || !strings.Contains(err.Error(), "more than 1000 bytes") {
					t.Error(err)
				}
			}
			s.limits = limit.Limits{Elements: math.MaxInt / 2, Bytes: math.MaxInt64, Idle: math.MaxInt / 2}
			if err := test.use(ctx, s); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want %v", err, context.Canceled)
			}
		})
	}
}
