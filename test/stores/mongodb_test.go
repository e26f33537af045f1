// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/test/stores/mongowire"
)

const profilerCollection = "osprofiler.profiler"

func TestMongoDBReadsWhatOSProfilerStored(t *testing.T) {
	t.Parallel()
	server := mongowire.Start(t, "osprofiler", password)
	connection := "mongodb://osprofiler:" + escaped + "@" + server.Address + "/admin"
	d := newDriver(t, connection, conf)
	s := open(t, connection)
	d.profile(t, baseID, 1, service)
	d.profile(t, otherID, 1, nil)
	var more []json.RawMessage
	for _, notification := range notifications(baseID, 200, 0) { // more than the first batch
		line, err := json.Marshal(notification)
		if err != nil {
			t.Fatal(err)
		}
		more = append(more, line)
	}
	d.notify(t, more, service)

	sameAsOSProfiler(t, s, d, baseID)
	sameAsOSProfiler(t, s, d, otherID)
	sameTraces(t, withoutDetails(t, d, traces(t, s, points.AllTraces), served), earliest(t, d.list(t)))
	sameTraces(t, traces(t, s, points.ErrorTraces), earliest(t, d.listFailed(t)))

	if found, err := ids(t.Context(), s, "e6b9f7a0"); found != nil || err != nil {
		t.Errorf("of a trace that is not there: %v, %v", found, err)
	}
}

func TestMongoDBWithNothingStored(t *testing.T) {
	t.Parallel()
	s := open(t, "mongodb://"+mongowire.Start(t, "", "").Address)
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		if found := traces(t, s, filter); found != nil {
			t.Errorf("listed %v", found)
		}
	}
	if found, err := ids(t.Context(), s, baseID); found != nil || err != nil {
		t.Errorf("read %v, %v", found, err)
	}
}

func TestMongoDBRefuses(t *testing.T) {
	t.Parallel()
	server := mongowire.Start(t, "osprofiler", "right")
	for name, test := range map[string]struct{ user, want string }{
		"wrong password": {"osprofiler:verysecret@", "Authentication failed"},
		"wrong user":     {"nobody:verysecret@", "Authentication failed"},
		"no user":        {"", "requires authentication"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "mongodb://"+test.user+server.Address)
			_, err := ids(t.Context(), s, baseID)
			isClear(t, err, test.want)
			for _, err := range s.List(t.Context(), points.AllTraces) {
				isClear(t, err, test.want)
			}
		})
	}
}

// Documents of other programs in the collection are reported as errors, and
// reading goes on.
func TestMongoDBWithGarbage(t *testing.T) {
	t.Parallel()
	server := mongowire.Start(t, "", "")
	good := notifications(baseID, 3, 0)
	deep := bson.D{}
	for range 300 {
		deep = bson.D{{Key: "d", Value: deep}}
	}
	server.Insert(profilerCollection,
		good[0],
		bson.D{{Key: "base_id", Value: baseID}},
		bson.D{{Key: "base_id", Value: baseID}, {Key: "name", Value: 7}},
		good[1],
		bson.D{{Key: "base_id", Value: baseID}, {Key: "info", Value: deep}},
		bson.D{{Key: "name", Value: "no base_id"}},
		good[2])
	s := open(t, "mongodb://"+server.Address)
	found, err := ids(t.Context(), s, baseID)
	want := []string{good[0]["trace_id"].(string), "unreadable", "unreadable", good[1]["trace_id"].(string), "unreadable", good[2]["trace_id"].(string)}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%q, %v; want %q", found, err, want)
	}

	var listed []string
	for trace, err := range s.List(t.Context(), points.AllTraces) {
		if err != nil && !errors.Is(err, points.ErrUnreadable) {
			t.Fatal(err)
		}
		listed = append(listed, fmt.Sprintf("%s %d %t", trace.BaseID, trace.Notifications, err == nil))
	}
	if want := []string{baseID + " 6 true", " 0 false"}; !slices.Equal(listed, want) {
		t.Errorf("listed %q, want %q", listed, want)
	}
}

// However a reader ends, the server keeps no cursor for it.
func TestMongoDBCursorIsClosed(t *testing.T) {
	t.Parallel()
	server := mongowire.Start(t, "", "")
	for _, notification := range notifications(baseID, 500, 0) {
		server.Insert(profilerCollection, notification)
	}
	s := open(t, "mongodb://"+server.Address)
	for name, read := range map[string]func(ctx context.Context, cancel func()) error{
		"to the end": func(ctx context.Context, _ func()) error {
			_, err := ids(ctx, s, baseID)
			return err
		},
		"not to the end": func(ctx context.Context, _ func()) error {
			for range s.Notifications(ctx, baseID) {
				break
			}
			return nil
		},
		"cancelled": func(ctx context.Context, cancel func()) error {
			read := 0
			for _, err := range s.Notifications(ctx, baseID) {
				if read++; read == 10 {
					cancel()
				}
				if err != nil && !errors.Is(err, context.Canceled) {
					return err
				}
			}
			if read == 500 {
				return errors.New("read all that there was")
			}
			return nil
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := read(ctx, cancel); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if open := server.Cursors(); open != 0 {
			t.Errorf("%s: %d cursors are open", name, open)
		}
	}
}

func TestMongoDBFailsWhileReading(t *testing.T) {
	t.Parallel()
	server := mongowire.Start(t, "osprofiler", "verysecret")
	for _, notification := range notifications(baseID, 500, 0) {
		server.Insert(profilerCollection, notification)
	}
	s := open(t, "mongodb://osprofiler:verysecret@"+server.Address)
	for name, test := range map[string]struct {
		fails func(command string) (bson.D, bool)
		want  string
	}{
		"a lost cursor": {func(command string) (bson.D, bool) {
			if command != "getMore" {
				return nil, false
			}
			return bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: "cursor id 1\nnot found"}, {Key: "code", Value: int32(43)}}, false
		}, "cursor id 1; not found"},
		"it hangs up": {func(command string) (bson.D, bool) { return nil, command == "getMore" }, server.Address},
		"an answer of none": {func(command string) (bson.D, bool) {
			if command != "getMore" {
				return nil, false
			}
			return bson.D{{Key: "ok", Value: 1.0}}, false
		}, server.Address},
	} {
		t.Run(name, func(t *testing.T) {
			server.Intercept(test.fails)
			defer server.Intercept(nil)
			found, err := ids(t.Context(), s, baseID)
			isClear(t, err, test.want)
			if len(found) == 500 {
				t.Error("read all that there was")
			}
		})
	}
}

// A user who cancels does not have to wait for a server that has stopped
// answering.
func TestMongoDBHangsWhileReading(t *testing.T) {
	t.Parallel()
	server := mongowire.Start(t, "", "")
	for _, notification := range notifications(baseID, 500, 0) {
		server.Insert(profilerCollection, notification)
	}
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	defer close(release)
	server.Intercept(func(command string) (bson.D, bool) {
		if command == "getMore" || command == "killCursors" {
			cancel()
			<-release
		}
		return nil, false
	})
	ended := make(chan error, 1)
	s := open(t, "mongodb://"+server.Address)
	go func() {
		_, err := ids(ctx, s, baseID)
		ended <- err
	}()
	if err := until(t, "the reading ends", ended); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestMongoDBStreams(t *testing.T) {
	server := mongowire.Start(t, "", "")
	for _, notification := range notifications(baseID, 200, 200_000) {
		server.Insert(profilerCollection, notification)
	}
	readsWithin(t, open(t, "mongodb://"+server.Address), 200, 16<<20)
}
