// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

// TestSQL has the tests that are the same for the SQL stores, and for no other
// store.
func TestSQL(t *testing.T) {
	t.Parallel()
	servers := []struct {
		name  string
		start func(t *testing.T) sqlServer
		// schema describes the table data.
		schema []string
	}{
		{"MariaDB", func(t *testing.T) sqlServer { return mariadbServer(t) }, []string{
			"SELECT column_name, column_type, is_nullable, column_key, extra FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'data' ORDER BY ordinal_position",
			"SELECT index_name, column_name, non_unique FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'data' ORDER BY index_name",
			"SELECT constraint_name, check_clause, '' FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()",
		}},
		{"PostgreSQL", func(t *testing.T) sqlServer { return postgresServer(t) }, []string{
			"SELECT column_name, data_type, character_maximum_length::text, is_nullable, column_default FROM information_schema.columns WHERE table_name = 'data' ORDER BY ordinal_position",
			"SELECT indexname, indexdef, '' FROM pg_indexes WHERE tablename = 'data' ORDER BY indexname",
		}},
	}
	for _, c := range servers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.start(t)
			t.Run("the table is OSProfiler's", func(t *testing.T) {
				theirs, ours := s.fresh(t), s.fresh(t)
				newDriver(t, theirs, nil).list(t) // makes the table
				write(t, open(t, ours), point(t, baseID, 1, "")...)
				for _, query := range c.schema {
					got, want := describe(t, s.in(t, ours), query), describe(t, s.in(t, theirs), query)
					if got != want || want == "" {
						t.Errorf("the table has\n%s\nOSProfiler's has\n%s", got, want)
					}
				}
			})
			t.Run("no table", func(t *testing.T) {
				st := open(t, s.fresh(t))
				var errs []error
				for _, err := range st.Notifications(t.Context(), baseID) {
					errs = append(errs, err)
				}
				for _, err := range st.List(t.Context(), points.ErrorTraces) {
					errs = append(errs, err)
				}
				for _, err := range errs {
					keepsPassword(t, err)
					if !strings.Contains(err.Error(), `there is no table "data": OSProfiler has written nothing`) {
						t.Errorf("%v", err)
					}
				}
				if len(errs) != 2 {
					t.Errorf("%d errors, want 2", len(errs))
				}
			})
			t.Run("no database", func(t *testing.T) {
				err := failure(t, open(t, s.fresh(t)+"missing"), t.Context())
				t.Log(err)
				if !strings.Contains(err.Error(), "missing") {
					t.Errorf("%v does not name the database", err)
				}
			})
			t.Run("another kind of server", func(t *testing.T) {
				t.Log(failure(t, open(t, elsewhere(t, s.fresh(t), httpServer(t))+"?connect_timeout=1"), t.Context()))
			})
			t.Run("unreadable", func(t *testing.T) { unreadableRows(t, s) })
			t.Run("what no column holds", func(t *testing.T) { oddTexts(t, s) })
			t.Run("columns that are not UTF-8", func(t *testing.T) { anyBytes(t, s) })
		})
	}
}

// describe returns the rows of a query that yields texts.
func describe(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var b strings.Builder
	for rows.Next() {
		texts, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range texts {
			into[i] = &texts[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			b.WriteString(text.String + "\t")
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unreadableRows reads rows that OSProfiler never writes, beside those of a
// trace.
func unreadableRows(t *testing.T, s sqlServer) {
	connection := s.fresh(t)
	st, db := open(t, connection), s.in(t, connection)
	write(t, st, point(t, baseID, 1, "")...)
	write(t, st, point(t, strings.ToUpper(baseID), 2, "")...)
	row := func(baseID, traceID, name, timestamp, data string) {
		execute(t, db, "INSERT INTO data (base_id, trace_id, name, timestamp, data) VALUES ("+baseID+", "+traceID+", "+name+", "+timestamp+", "+data+")")
	}
	id, at := "'"+baseID+"'", "'2026-01-31T23:59:59.5'"
	row(id, "NULL", "'x-start'", at, `'"{}"'`)
	row(id, "'1'", "NULL", at, `'"{}"'`)
	row(id, "'1'", "'x-start'", "NULL", `'"{}"'`)
	row(id, "'1'", "'x-start'", "'today'", `'"{}"'`)
	row(id, "'1'", "'x-start'", at, `'"{"'`)
	row(id, "'1'", "'x-start'", at, `'"null"'`)
	row(id, "'1'", "'x-start'", at, `'[1]'`)
	row(id, "'1'", "'x-start'", at, "NULL")
	row("NULL", "'1'", "'x-start'", at, `'"{}"'`)
	row("'no time'", "'1'", "'x-start'", "'never'", `'"{}"'`)
	row("'no error'", "'1'", "'x-stop'", at, `'"{\"info\": {\"db\": {\"statement\": \"etype\"}, \"etype\": null}}"'`)
	row("'an error'", "'1'", "'x-stop'", at, `'{"info": {"etype": "ValueError"}}'`)

	read, errs := errorsOf(t, st, baseID)
	if read != 2 || len(errs) != 8 {
		t.Errorf("%d notifications and %d errors, want 2 and 8: %v", read, len(errs), errs)
	}
	for _, err := range errs {
		if !errors.Is(err, points.ErrUnreadable) || !strings.Contains(err.Error(), "the row ") {
			t.Errorf("%v is not %v of a row", err, points.ErrUnreadable)
		}
	}
	if got := readAll(t, st, "an error"); len(got) != 1 || !sameJSON(t, got[0].Payload, []byte(`{"info": {"etype": "ValueError"}}`)) {
		t.Errorf("an object that is not in a string: %v", got)
	}
	traces := make(map[string]points.TraceSummary)
	for summary, err := range st.List(t.Context(), points.AllTraces) {
		if err != nil && (!errors.Is(err, points.ErrUnreadable) || summary.BaseID != "no time") {
			t.Errorf("%v: %v", summary, err)
		}
		traces[summary.BaseID] = summary
	}
	if traces[baseID].Notifications != 10 || traces[strings.ToUpper(baseID)].Notifications != 2 || len(traces) != 5 {
		t.Errorf("traces %v", traces)
	}
	if failed := listAll(t, st, points.ErrorTraces); len(failed) != 1 || failed["an error"].Timestamp.Nanosecond() != 500e6 {
		t.Errorf("failed traces %v", failed)
	}
}

// anyBytes reads columns that are not UTF-8, and gets UTF-8.
func anyBytes(t *testing.T, s sqlServer) {
	connection := s.bytes(t)
	st, db := open(t, connection), s.in(t, connection)
	write(t, st, point(t, baseID, 1, "ValueError")...)
	write(t, st, point(t, otherID, 2, "ValueError")...)
	const valid = "a\ufffdb"
	bytes := s.raw("61ff62")
	execute(t, db, "UPDATE data SET trace_id = "+bytes+", parent_id = "+bytes+", name = "+bytes+", project = "+bytes+", service = "+bytes+", host = "+bytes+" WHERE base_id = '"+baseID+"'",
		"UPDATE data SET base_id = "+bytes+" WHERE base_id = '"+otherID+"'")
	notifications := readAll(t, st, baseID)
	if len(notifications) != 2 {
		t.Errorf("%d notifications, want 2", len(notifications))
	}
	for _, n := range notifications {
		for _, text := range []string{n.TraceID, n.ParentID, n.Name, n.Project, n.Service, n.Host} {
			if text != valid {
				t.Errorf("read %q, want %q", text, valid)
			}
		}
	}
	for _, filter := range []points.ListFilter{points.AllTraces, points.ErrorTraces} {
		if got := sortedKeys(listAll(t, st, filter)); !slices.Equal(got, []string{valid, baseID}) {
			t.Errorf("listed %q, want %q and %q", got, valid, baseID)
		}
	}
}

// oddTexts stores texts that a column can't hold unchanged.
func oddTexts(t *testing.T, s sqlServer) {
	st := open(t, s.fresh(t))
	n := point(t, baseID, 1, "")[0]
	n.Service, n.Project, n.Host = strings.Repeat("é", 300), "a\x00b\xff", ""
	write(t, st, n)
	got := readAll(t, st, baseID)
	if len(got) != 1 || got[0].Service != strings.Repeat("é", 255) || got[0].Project != "ab?" || got[0].Host != "" {
		t.Errorf("%+v", got)
	}
	if !sameJSON(t, infoOf(t, got[0].Payload), infoOf(t, n.Payload)) {
		t.Errorf("payload %s, want %s", got[0].Payload, n.Payload)
	}
}
