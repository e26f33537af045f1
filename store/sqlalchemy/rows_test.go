// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// server is a database that answers each query with the same row again and again.
type server struct {
	row []driver.Value
	// left is the number of rows that are left.
	left int
}

func (s *server) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *server) Driver() driver.Driver                        { return nil }
func (s *server) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (s *server) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (s *server) Close() error                                 { return nil }
func (s *server) Columns() []string                            { return make([]string, len(s.row)) }

func (s *server) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return s, nil
}

func (s *server) Next(values []driver.Value) error {
	if s.left--; s.left < 0 {
		return io.EOF
	}
	copy(values, s.row)
	return nil
}

// open returns the store of a server that has some rows.
func open(t *testing.T, rows int, row ...driver.Value) *Store {
	t.Helper()
	s, err := Open("mysql://osprofiler:verysecret@host/db")
	if err != nil {
		t.Fatal(err)
	}
	s.db = sql.OpenDB(&server{row, rows})
	t.Cleanup(func() { s.Close() })
	return s
}

const stored = `"{\"info\": {\"host\": \"h\", \"etype\": \"E\"}}"`

// rows has a row for each way to read a server that repeats it without an end.
var rows = map[string]struct {
	use func(ctx context.Context, s *Store) error
	row []driver.Value
}{
	"a trace":         {readTrace, []driver.Value{int64(1), "id", "t", "id", "db-start", "nova", "api", "h", "2026-01-31T23:59:59.123456", stored}},
	"another's trace": {readTrace, []driver.Value{int64(1), "ID", "t", "id", "db-start", "nova", "api", "h", "2026-01-31T23:59:59.123456", stored}},
	"a list":          {readList(points.AllTraces), []driver.Value{"id", "2026-01-31T23:59:59.123456", "2026-01-31T23:59:59.223456", int64(2), "db-start", stored}},
	"no failed ones":  {readList(points.ErrorTraces), []driver.Value{"id", "2026-01-31T23:59:59.123456", `{"info": "etype"}`}},
}

func readTrace(ctx context.Context, s *Store) (last error) {
	for _, err := range s.Notifications(ctx, "id") {
		last = err
	}
	return last
}

func readList(filter points.ListFilter) func(ctx context.Context, s *Store) error {
	return func(ctx context.Context, s *Store) (last error) {
		for _, err := range s.List(ctx, filter) {
			last = err
		}
		return last
	}
}

func TestEndless(t *testing.T) {
	for name, test := range rows {
		t.Run(name, func(t *testing.T) {
			s := open(t, math.MaxInt/2, test.row...)
			s.limits = limit.Limits{Elements: 50, Bytes: 1 << 30, Idle: 20}
			err := test.use(t.Context(), s)
			if err == nil || err.Error() != s.where.String()+": there are more than 50 entries of this kind, and no more are read" {
				t.Error(err)
			}
			s.limits = limit.Limits{Elements: math.MaxInt / 2, Bytes: math.MaxInt64, Idle: math.MaxInt / 2}
			ctx, cancel := context.WithTimeout(t.Context(), 1e7)
			defer cancel()
			if err := test.use(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want %v", err, context.DeadlineExceeded)
			}
			if name == "a trace" {
				s.limits.Bytes = 1000
				if err := test.use(t.Context(), s); err == nil || !strings.Contains(err.Error(), "more than 1000 bytes") {
					t.Error(err)
				}
			}
			if open(t, 0).limits != limit.Default() {
				t.Error("other limits than those of every store")
			}
		})
	}
}

// A column can have any bytes. Its text is printed, and becomes a part of JSON
// and OTLP, whose texts must be UTF-8.
func TestColumnsAreUTF8(t *testing.T) {
	const bad = "a\xffb\xc3"
	for name, data := range map[string]string{
		"a JSON string": `"{\"info\": {\"host\": \"` + bad + `\", \"etype\": \"E\"}}"`,
		"JSON":          `{"info": {"host": "` + bad + `", "etype": "E"}, "` + bad + `": 1}`,
	} {
		s := open(t, 1, int64(1), "id", bad+"t", bad+"p", bad+"-start", bad+"project", bad+"s", bad+"h", "2026-01-31T23:59:59.123456", data)
		for n, err := range s.Notifications(t.Context(), "id") {
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{n.TraceID, n.ParentID, n.Name, n.Project, n.Service, n.Host, string(n.Payload)} {
				if !utf8.ValidString(text) || !strings.Contains(text, "a\ufffdb\ufffd") {
					t.Errorf("%s: %q", name, text)
				}
			}
			if !json.Valid(n.Payload) {
				t.Errorf("%s: the payload %q is not JSON", name, n.Payload)
			}
		}
		for filter, row := range map[points.ListFilter][]driver.Value{
			points.AllTraces:   {bad, "2026-01-31T23:59:59.123456", bad, int64(1), bad + "-start", data},
			points.ErrorTraces: {bad, "2026-01-31T23:59:59.123456", data},
		} {
			found := 0
			for trace, err := range open(t, 1, row...).List(t.Context(), filter) {
				if found++; err != nil || trace.BaseID != "a\ufffdb\ufffd" || !utf8.ValidString(trace.Operation) {
					t.Errorf("%s: listed %+v (%v)", name, trace, err)
				}
				if want := "a\ufffdb\ufffd"; filter == points.AllTraces && trace.Operation != want {
					t.Errorf("%s: the operation is %q, want %q", name, trace.Operation, want)
				}
			}
			if found != 1 {
				t.Errorf("%s: listed %d", name, found)
			}
		}
	}
}
