// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ostrace/ostrace/points"
)

// startFerretDB starts a FerretDB, with the user osprofiler, and returns its
// address. It stores in SQLite, because over PostgreSQL it refuses the
// character U+0000, which OSProfiler can record.
func startFerretDB(t *testing.T) (address string) {
	t.Helper()
	dir := folder(t)
	address = "127.0.0.1:" + freePorts(t, 1)[0]
	serve(t, address, exec.Command(filepath.Join(installed, "ferretdb", "ferretdb"),
		"--listen-addr="+address, "--debug-addr=-", "--telemetry=disable", "--log-level=ERROR", "--state-dir="+dir,
		"--handler=sqlite", "--sqlite-url=file:"+dir+"/",
		"--test-enable-new-auth", "--setup-database=admin", "--setup-username=osprofiler", "--setup-password="+password,
	), syscall.SIGTERM)
	return address
}

func ferretDB(address string) (connection string) {
	return "mongodb://osprofiler:" + url.QueryEscape(password) + "@" + address + "/admin"
}

// ferretCollection returns one of OSProfiler's collections, for operations that
// its driver never makes.
func ferretCollection(t *testing.T, address, name string) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(ferretDB(address)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	return client.Database("osprofiler").Collection(name)
}

func TestFerretDBReadsWhatOSProfilerStored(t *testing.T) {
	t.Parallel()
	address := startFerretDB(t)
	d, s := newDriver(t, ferretDB(address), conf), open(t, ferretDB(address))

	// Nothing is stored yet.
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		if found := traces(t, s, filter); found != nil {
			t.Errorf("listed %v", found)
		}
	}
	if found, err := ids(t.Context(), s, baseID); found != nil || err != nil {
		t.Errorf("read %v, %v", found, err)
	}

	d.profile(t, baseID, 2, service)
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
	sameTraces(t, withoutDetails(t, d, traces(t, s, points.AllTraces), ""), earliest(t, d.list(t)))
	sameTraces(t, traces(t, s, points.ErrorTraces), earliest(t, d.listFailed(t)))
	for _, id := range []string{"", "e6b9f7a0", strings.ToUpper(baseID), baseID + " ", "*"} {
		if found := readAll(t, s, id); len(found) != 0 {
			t.Errorf("%d notifications of %q", len(found), id)
		}
	}

	// The store has removed nothing, and has written nothing.
	if stored, err := ferretCollection(t, address, "profiler").CountDocuments(t.Context(), bson.D{}); err != nil || stored != 2*13+13+200 {
		t.Errorf("%d documents are left (%v), want %d", stored, err, 2*13+13+200)
	}
	if _, writes := s.(points.Writer); writes {
		t.Error("the store writes to MongoDB, which is not tested here")
	}
}

// OSProfiler 4.4 with the PyMongo of PyPI stores points, and fails when it
// marks a trace as failed, because PyMongo 4 has no update.
func TestFerretDBReadsWhatOSProfiler44Stored(t *testing.T) {
	t.Parallel()
	address := startFerretDB(t)
	d, s := newDriver(t, ferretDB(address), nil, "osprofiler-4.4"), open(t, ferretDB(address))
	d.profile(t, baseID, 1, service)
	sameAsOSProfiler(t, s, d, baseID)
	sameTraces(t, withoutDetails(t, d, traces(t, s, points.AllTraces), ""), earliest(t, d.list(t)))

	marking := newDriver(t, ferretDB(address), conf, "osprofiler-4.4")
	answer := marking.ask(t, "profile", map[string]any{"base_id": otherID, "project": "nova", "service": "api", "host": "ctl-1"})
	if want := "the 'update' method on a 'Collection' object it is failing because no such method exists"; !strings.Contains(answer.Error, want) {
		t.Errorf("OSProfiler 4.4 marks a trace that failed: %v, want %q", answer.Error, want)
	}
	if found := traces(t, s, points.ErrorTraces); found != nil {
		t.Errorf("listed %v as failed", found)
	}
}

func TestFerretDBRefuses(t *testing.T) {
	t.Parallel()
	address := startFerretDB(t)
	for name, test := range map[string]struct{ user, want string }{
		"wrong password": {"osprofiler:verysecret@", "Authentication failed"},
		"wrong user":     {"nobody:verysecret@", "Authentication failed"},
		"no user":        {"", "requires authentication"},
	} {
		s := open(t, "mongodb://"+test.user+address)
		_, err := ids(t.Context(), s, baseID)
		isClear(t, err, test.want)
		for _, err := range s.List(t.Context(), points.AllTraces) {
			isClear(t, err, test.want)
		}
		t.Log(name, err)
	}
}

// Documents of other programs in the collection are reported as errors, and
// reading goes on.
func TestFerretDBWithGarbage(t *testing.T) {
	t.Parallel()
	address := startFerretDB(t)
	good := notifications(baseID, 2, 0)
	for _, document := range []any{
		good[0],
		bson.D{{Key: "base_id", Value: baseID}},
		bson.D{{Key: "base_id", Value: baseID}, {Key: "name", Value: 7}},
		good[1],
		bson.D{{Key: "name", Value: "no base_id"}},
	} {
		if _, err := ferretCollection(t, address, "profiler").InsertOne(t.Context(), document); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, ferretDB(address))
	found, err := ids(t.Context(), s, baseID)
	want := []string{good[0]["trace_id"].(string), "unreadable", "unreadable", good[1]["trace_id"].(string)}
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
	slices.Sort(listed)
	if want := []string{" 0 false", baseID + " 4 true"}; !slices.Equal(listed, want) {
		t.Errorf("listed %q, want %q", listed, want)
	}
}

// A trace that comes in many batches is read with only a small part of it in
// memory.
func TestFerretDBStreams(t *testing.T) {
	address := startFerretDB(t)
	collection := ferretCollection(t, address, "profiler")
	for chunk := range slices.Chunk(notifications(baseID, 200, 200_000), 20) {
		if _, err := collection.InsertMany(t.Context(), chunk); err != nil {
			t.Fatal(err)
		}
	}
	readsWithin(t, open(t, ferretDB(address)), 200, 32<<20)
}
