// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/test/stores/searchwire"
)

// openSearch is a real OpenSearch.
type openSearch struct{ address string }

// startOpenSearch starts an OpenSearch of one node. It has no security plugin,
// because that has no release for the runner.
func startOpenSearch(t *testing.T) openSearch {
	t.Helper()
	dir := folder(t)
	port := openSearchPort(t)
	// The runner takes the first free port after the given one. It reads
	// options that it does not know from this file.
	writeFile(t, filepath.Join(dir, "opensearch.yml"), []byte("network.host: 127.0.0.1\ntransport.port: "+freePorts(t, 1)[0]+"\ndiscovery.type: single-node\n"+
		// On a disk that is nearly full it would create no index.
		"cluster.routing.allocation.disk.threshold_enabled: false\n"))
	cmd := exec.Command(filepath.Join(installed, "java", "java"), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir="+dir,
		"-cp", filepath.Join(installed, "opensearch", "*"), "org.codelibs.opensearch.runner.OpenSearchRunner",
		"-numOfNode", "1", "-basePath", dir, "-confPath", dir, "-baseHttpPort", strconv.Itoa(port-1))
	cmd.Dir = dir
	s := openSearch{"127.0.0.1:" + strconv.Itoa(port)}
	serve(t, s.address, cmd, syscall.SIGTERM)
	return s
}

// openSearchPort returns a free port that the runner can take.
func openSearchPort(t *testing.T) int {
	t.Helper()
	for port := 9201; port <= 9299; port++ {
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port of 9201 to 9299 is free")
	return 0
}

func (s openSearch) connection() string { return "elasticsearch://" + s.address }

// do sends a request and returns the answer. It fails if the request fails.
func (s openSearch) do(t *testing.T, method, path, body string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s (%v): %.500s", method, path, response.Status, err, answer)
	}
	return answer
}

// insert stores documents in this order, with requests that name no type.
func (s openSearch) insert(t *testing.T, index string, documents ...string) {
	t.Helper()
	var body bytes.Buffer
	for _, document := range documents {
		fmt.Fprintf(&body, "{\"index\":{}}\n%s\n", document)
	}
	var answer struct{ Errors bool }
	if err := json.Unmarshal(s.do(t, http.MethodPost, "/"+index+"/_bulk?refresh=true", body.String()), &answer); err != nil || answer.Errors {
		t.Fatalf("not all of the documents are stored (%v)", err)
	}
}

// stored returns the documents of an index, in no particular order.
func (s openSearch) stored(t *testing.T, index string) (documents []json.RawMessage) {
	t.Helper()
	var answer struct {
		Hits struct {
			Hits []struct {
				Source json.RawMessage `json:"_source"`
			}
		}
	}
	if err := json.Unmarshal(s.do(t, http.MethodPost, "/"+index+"/_search", `{"size":10000}`), &answer); err != nil {
		t.Fatal(err)
	}
	for _, hit := range answer.Hits.Hits {
		documents = append(documents, hit.Source)
	}
	return documents
}

// openScrolls returns how many scrolls the server keeps.
func (s openSearch) openScrolls(t *testing.T) int {
	t.Helper()
	var answer struct {
		Nodes map[string]struct {
			Indices struct {
				Search struct {
					OpenContexts int `json:"open_contexts"`
				}
			}
		}
	}
	if err := json.Unmarshal(s.do(t, http.MethodGet, "/_nodes/stats/indices/search", ""), &answer); err != nil || len(answer.Nodes) != 1 {
		t.Fatalf("%d nodes (%v)", len(answer.Nodes), err)
	}
	for _, node := range answer.Nodes {
		return node.Indices.Search.OpenContexts
	}
	return 0
}

// empty deletes all indices.
func (s openSearch) empty(t *testing.T) { s.do(t, http.MethodDelete, "/osprofiler-*", "") }

// TestOpenSearch tests a real OpenSearch 3.
func TestOpenSearch(t *testing.T) {
	t.Parallel()
	s := startOpenSearch(t)
	for _, c := range []struct {
		name  string
		check func(t *testing.T, s openSearch)
	}{
		{"with nothing stored", openSearchWithNothing},
		{"what OSProfiler gets from it", openSearchAndOSProfiler},
		{"filled by OSProfiler with the type _doc", openSearchFilledByOSProfiler},
		{"filled with what OSProfiler sends", openSearchFilledWithoutType},
		{"more than a page", openSearchInPages},
		{"mappings", openSearchMappings},
		{"as it grows", openSearchFollows},
		{"garbage", openSearchWithGarbage},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.empty(t)
			c.check(t, s)
			if open := s.openScrolls(t); open != 0 {
				t.Errorf("%d scrolls are open", open)
			}
		})
	}
}

func openSearchWithNothing(t *testing.T, s openSearch) {
	st := open(t, s.connection())
	_, err := ids(t.Context(), st, baseID)
	isClear(t, err, "OSProfiler has stored nothing here")
	for _, err := range st.List(t.Context(), points.AllTraces) {
		isClear(t, err, "no such index [osprofiler-notifications]")
	}
	if found := traces(t, st, points.ErrorTraces); found != nil {
		t.Errorf("listed %v", found)
	}
	s.do(t, http.MethodPut, "/"+notificationsIndex, "")
	if found, err := ids(t.Context(), st, baseID); found != nil || err != nil {
		t.Errorf("read %v, %v", found, err)
	}
	if found := traces(t, st, points.AllTraces); found != nil {
		t.Errorf("listed %v", found)
	}
}

// openSearchAndOSProfiler checks which functions of OSProfiler's own driver
// OpenSearch 3 refuses, with each client that the driver can use.
func openSearchAndOSProfiler(t *testing.T, s openSearch) {
	const (
		typed   = "no handler found for uri [/osprofiler-notifications/notification%s] and method [POST]"
		unknown = "UnsupportedProductError: The client noticed that the server is not Elasticsearch and we do not support this unknown product"
		keyword = "TypeError: Elasticsearch.%s() got an unexpected keyword argument 'doc_type'"
		set     = "TypeError(\"Unable to serialize {"
	)
	of := func(text, argument string) string { return strings.ReplaceAll(text, "%s", argument) }
	for _, test := range []struct {
		client, osprofiler  string // the version on PyPI, or empty for Debian's
		notify, read, lists string
	}{
		{"elasticsearch-7.13", "", of(typed, ""), of(typed, "/_search"), set},
		{"", "", unknown, unknown, set}, // 7.17
		{"elasticsearch-8", "", of(keyword, "index"), of(keyword, "search"), of(keyword, "search")},
		{"elasticsearch-9", "", of(keyword, "index"), of(keyword, "search"), of(keyword, "search")},
		{"elasticsearch-7.13", "osprofiler-4.4", of(typed, ""), of(typed, "/_search"), set},
		{"elasticsearch-7.17", "osprofiler-4.4", unknown, unknown, set},
		{"elasticsearch-8", "osprofiler-4.4", of(keyword, "index"), of(keyword, "search"), of(keyword, "search")},
		{"elasticsearch-9", "osprofiler-4.4", of(keyword, "index"), of(keyword, "search"), of(keyword, "search")},
	} {
		packages := slices.DeleteFunc([]string{test.client, test.osprofiler}, func(name string) bool { return name == "" })
		d := newDriver(t, s.connection(), conf, packages...)
		for function, want := range map[string]string{
			"profile": test.notify, "report": test.read, "list_traces": test.lists, "list_error_traces": test.lists,
		} {
			args := map[string]any{"base_id": baseID}
			if strings.HasPrefix(function, "list") {
				args = nil
			}
			if answer := d.ask(t, function, args); !strings.Contains(answer.Error, want) {
				t.Errorf("OSProfiler's %s with %q: %q; want %q", function, packages, answer.Error, want)
			}
		}
	}
	if text := string(s.do(t, http.MethodGet, "/_cat/indices/osprofiler-*", "")); text != "" {
		t.Errorf("something was stored: %s", text)
	}
}

// openSearchFilledByOSProfiler: with es_doc_type = _doc, and a client that does
// not check the product, OSProfiler can store, but not read.
func openSearchFilledByOSProfiler(t *testing.T, s openSearch) {
	conf := map[string]any{"filter_error_trace": true, "es_doc_type": "_doc"}
	for i, packages := range [][]string{{"elasticsearch-7.13"}, {"elasticsearch-7.13", "osprofiler-4.4"}} {
		id := []string{baseID, otherID}[i]
		d := newDriver(t, s.connection(), conf, packages...)
		d.profile(t, id, 2, service)
		s.do(t, http.MethodPost, "/osprofiler-*/_refresh", "")
		answer := d.ask(t, "report", map[string]any{"base_id": id})
		if want := "request [/osprofiler-notifications/_doc/_search] contains unrecognized parameters: [scroll], [size]"; !strings.Contains(answer.Error, want) {
			t.Errorf("OSProfiler reads: %q, want %q", answer.Error, want)
		}
	}
	want := map[string][]points.Notification{}
	for _, document := range s.stored(t, notificationsIndex) {
		n, err := points.ParseNotification(document)
		if err != nil {
			t.Fatal(err)
		}
		want[n.BaseID] = append(want[n.BaseID], n)
	}
	st := open(t, s.connection())
	byTime := func(a, b points.Notification) int { return a.Timestamp.Compare(b.Timestamp) }
	var list, failed []points.TraceSummary
	for _, id := range []string{baseID, otherID} {
		got := readAll(t, st, id)
		slices.SortStableFunc(got, byTime)
		slices.SortStableFunc(want[id], byTime)
		if len(got) != 26 || !reflect.DeepEqual(got, want[id]) {
			t.Errorf("read %d notifications of %s, which are not the %d that are stored", len(got), id, len(want[id]))
		}
		list = append(list, points.TraceSummary{BaseID: id, Timestamp: got[0].Timestamp, Newest: got[25].Timestamp, Operation: served, Notifications: 26})
		first := slices.IndexFunc(got, func(n points.Notification) bool { return bytes.Contains(n.Payload, []byte(`"etype"`)) })
		failed = append(failed, points.TraceSummary{BaseID: id, Timestamp: got[first].Timestamp})
	}
	sameTraces(t, traces(t, st, points.AllTraces), list)
	sameTraces(t, traces(t, st, points.ErrorTraces), failed)
}

// openSearchFilledWithoutType: OpenSearch gets the documents that OSProfiler's
// driver sends to an Elasticsearch 7, and the store reads the same as
// OSProfiler reads there.
func openSearchFilledWithoutType(t *testing.T, s openSearch) {
	server := startSearch(t)
	d := newDriver(t, elasticsearchAt(server), conf)
	d.profile(t, baseID, 2, service)
	for _, index := range []string{notificationsIndex, errorsIndex} {
		s.insert(t, index, server.Documents(index)...)
	}
	got, want := readAll(t, open(t, s.connection()), baseID), d.read(t, baseID)
	if len(got) != 26 || len(want) != 26 {
		t.Fatalf("%d notifications, OSProfiler reads %d, want 26", len(got), len(want))
	}
	for i, n := range got {
		got, want := rowOf(n), want[i]
		if !sameJSON(t, got.Payload, want.Payload) {
			t.Errorf("notification %d: %.300s\nOSProfiler reads %.300s", i, got.Payload, want.Payload)
		}
		got.Payload, want.Payload = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("notification %d: %+v\nOSProfiler reads %+v", i, got, want)
		}
	}
	server.Become(searchwire.Products[len(searchwire.Products)-1])
	theirs, ours := open(t, elasticsearchAt(server)), open(t, s.connection())
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		sameTraces(t, traces(t, ours, filter), traces(t, theirs, filter))
	}
	for _, id := range []string{"", "e6b9f7a0", strings.ToUpper(baseID), baseID + " ", baseID[:35], "*", otherID} {
		if found := readAll(t, ours, id); len(found) != 0 {
			t.Errorf("%d notifications of %q", len(found), id)
		}
	}
	if left := len(s.stored(t, notificationsIndex)); left != 26 {
		t.Errorf("%d documents are left, want 26", left)
	}
}

func openSearchInPages(t *testing.T, s openSearch) {
	const many = 2500
	var documents, wanted []string
	for i := range many {
		documents = append(documents, fmt.Sprintf(`{"base_id":"trace-%d","timestamp":"2026-11-22T12:00:00.%06d"}`, i, i))
	}
	for _, notification := range notifications(baseID, many, 0) {
		document, err := json.Marshal(notification)
		if err != nil {
			t.Fatal(err)
		}
		documents, wanted = append(documents, string(document)), append(wanted, notification["trace_id"].(string))
	}
	s.insert(t, notificationsIndex, documents...)
	st := open(t, s.connection())
	if found, err := ids(t.Context(), st, baseID); err != nil || !slices.Equal(found, wanted) {
		t.Errorf("read %d notifications (%v), want %d in their order", len(found), err, many)
	}
	list := traces(t, st, points.AllTraces)
	if len(list) != many+1 {
		t.Fatalf("%d traces, want %d", len(list), many+1)
	}
	for _, trace := range list {
		if trace.BaseID != baseID && (trace.BaseID != fmt.Sprintf("trace-%d", trace.Timestamp.Nanosecond()/1000) || trace.Notifications != 1) {
			t.Errorf("%+v", trace)
		}
	}
	for range st.Notifications(t.Context(), baseID) {
		break
	}
}

// openSearchMappings: operators can have index templates of their own.
func openSearchMappings(t *testing.T, s openSearch) {
	for name, test := range map[string]struct{ mapping, err string }{
		"keywords":      {`"base_id":{"type":"keyword"},"timestamp":{"type":"keyword"}`, ""},
		"no dates":      {`"timestamp":{"type":"text","fields":{"keyword":{"type":"keyword"}}}`, ""},
		"nanoseconds":   {`"timestamp":{"type":"date_nanos"}`, ""},
		"ids as text":   {`"base_id":{"type":"text"}`, "base_id"},
		"times as text": {`"timestamp":{"type":"text"}`, "timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			s.empty(t)
			s.do(t, http.MethodPut, "/"+notificationsIndex, `{"mappings":{"properties":{`+test.mapping+`}}}`)
			stored := notifications(baseID, 3, 0)
			for _, notification := range slices.Backward(stored) { // not the earliest first
				document, err := json.Marshal(notification)
				if err != nil {
					t.Fatal(err)
				}
				s.insert(t, notificationsIndex, string(document))
			}
			st := open(t, s.connection())
			if read := len(readAll(t, st, baseID)); read != 3 {
				t.Errorf("read %d notifications, want 3", read)
			}
			if test.err != "" {
				for _, err := range st.List(t.Context(), points.AllTraces) {
					isClear(t, err, "maps the field "+test.err)
				}
				return
			}
			at, err := points.ParseTimestamp(stored[0]["timestamp"].(string))
			if err != nil {
				t.Fatal(err)
			}
			sameTraces(t, traces(t, st, points.AllTraces), []points.TraceSummary{{BaseID: baseID, Timestamp: at, Newest: at.Add(2 * time.Microsecond), Operation: "wsgi", Notifications: 3}})
		})
	}
}

// openSearchWithGarbage: documents of other programs in the index are reported
// as errors, and reading goes on.
func openSearchWithGarbage(t *testing.T, s openSearch) {
	good := notifications(baseID, 2, 0)
	first, err := json.Marshal(good[0])
	if err != nil {
		t.Fatal(err)
	}
	last, err := json.Marshal(good[1])
	if err != nil {
		t.Fatal(err)
	}
	s.insert(t, notificationsIndex, string(first), `{"base_id":"`+baseID+`"}`, `{"base_id":["`+baseID+`"],"name":"wsgi-start"}`,
		`{"name":"no base_id"}`, string(last), `{"base_id":"without a timestamp"}`)
	st := open(t, s.connection())
	found, err := ids(t.Context(), st, baseID)
	want := []string{good[0]["trace_id"].(string), "unreadable", good[1]["trace_id"].(string)}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%q, %v; want %q", found, err, want)
	}
	var list []string
	for trace, err := range st.List(t.Context(), points.AllTraces) {
		if err != nil && !errors.Is(err, points.ErrUnreadable) {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%s %d %t", trace.BaseID, trace.Notifications, err == nil))
	}
	if want := []string{baseID + " 4 true", "without a timestamp 1 false"}; !slices.Equal(list, want) {
		t.Errorf("listed %q, want %q", list, want)
	}
}
