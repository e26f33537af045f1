// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// manyTraces is a store with many traces, each of pointsEach points.
type manyTraces struct {
	connection string
	// bare makes the same reads as List of the store, with the bare client, and
	// returns the number of traces.
	bare func(ctx context.Context) (int, error)
}

const pointsEach = 1000

// BenchmarkList lists many traces, and compares that with a bare client that
// makes the same reads. The metric x-bare is the time of List divided by that of
// the bare client, and live-B is the memory that List has in use when it has
// yielded the last trace.
//
// The largest stores have 20,000,000 notifications, and take minutes to fill.
func BenchmarkList(b *testing.B) {
	stores := []struct {
		name string
		fill func(b *testing.B, traces int) manyTraces
	}{
		{"Redis", redisOfMany},
		{"MariaDB", func(b *testing.B, traces int) manyTraces { return databaseOfMany(b, mariadbServer(b), "mysql", traces) }},
		{"PostgreSQL", func(b *testing.B, traces int) manyTraces { return databaseOfMany(b, postgresServer(b), "pgx", traces) }},
	}
	for _, store := range stores {
		for _, traces := range []int{100, 1000, 10_000} {
			b.Run(fmt.Sprintf("%s/traces=%d", store.name, traces), func(b *testing.B) {
				many := store.fill(b, traces)
				s := open(b, many.connection)
				var bare, ours time.Duration
				var live int64
				for b.Loop() {
					begin := time.Now()
					n, err := many.bare(b.Context())
					if err != nil || n != traces {
						b.Fatalf("%d traces, %v", n, err)
					}
					bare += time.Since(begin)
					b.StopTimer()
					before := liveBytes()
					b.StartTimer()

					begin = time.Now()
					n = 0
					for summary, err := range s.List(b.Context(), points.AllTraces) {
						if err != nil || summary.Points() != pointsEach || summary.Duration() != (2*pointsEach-1)*time.Millisecond || summary.Operation != "POST /v2.1/servers" {
							b.Fatalf("%+v, %v", summary, err)
						}
						if n++; n == traces {
							ours += time.Since(begin)
							b.StopTimer()
							live = max(live, liveBytes()-before)
							b.StartTimer()
						}
					}
					if n != traces {
						b.Fatalf("%d traces, want %d", n, traces)
					}
				}
				b.ReportMetric(ours.Seconds()/bare.Seconds(), "x-bare")
				b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N)/float64(traces), "ns/trace")
				b.ReportMetric(float64(live), "live-B")
			})
		}
	}
}

func liveBytes() int64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}

// notificationOf returns the nth of a trace's notifications.
func notificationOf(baseID string, n int) string {
	name, info := "db-start", `{"host": "ctl-1", "db": {"statement": "SELECT instances.created_at, instances.updated_at FROM instances WHERE instances.deleted = %s AND instances.uuid = %s", "params": {}}}`
	if n == 0 {
		name, info = "wsgi-start", `{"host": "ctl-1", "request": {"path": "/v2.1/servers", "query": "", "method": "POST", "scheme": "http"}}`
	}
	return fmt.Sprintf(`{"name": %q, "base_id": %q, "trace_id": "00000000-0000-4000-8000-%012d", "parent_id": %q, "timestamp": %q, "info": %s, "project": "nova", "service": "osapi_compute"}`,
		name, baseID, n/2, baseID, began.Add(time.Duration(n)*time.Millisecond).Format(points.TimestampFormat), info)
}

// redisOfMany fills a Redis, which copies one trace many times.
func redisOfMany(b *testing.B, traces int) manyTraces {
	b.Helper()
	address := startRedis(b, "--list-compress-depth", "1")
	client := redisClient(b, address)
	key := func(i int) string { return fmt.Sprintf("osprofiler_opt:00000000-0000-4000-8000-%012d", i) }
	entries := make([]any, 2*pointsEach)
	for n := range entries {
		entries[n] = notificationOf(baseID, n)
	}
	if err := client.LPush(b.Context(), key(0), entries...).Err(); err != nil {
		b.Fatal(err)
	}
	for i := 1; i < traces; i++ {
		if err := client.Copy(b.Context(), key(0), key(i), 0, false).Err(); err != nil {
			b.Fatal(err)
		}
	}
	return manyTraces{"redis://" + address, func(ctx context.Context) (n int, err error) {
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			var keys []string
			if keys, cursor, err = client.Scan(ctx, cursor, "osprofiler*", 1000).Result(); err != nil {
				return n, err
			}
			for some := range slices.Chunk(keys, 100) {
				_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
					for _, key := range some {
						p.LLen(ctx, key)
						p.LIndex(ctx, key, -1)
						p.LIndex(ctx, key, 0)
					}
					return nil
				})
				if err != nil {
					return n, err
				}
				n += len(some)
			}
		}
		return n, nil
	}}
}

// databaseOfMany fills a database. The table has the index of base_id and no
// other one: the others are not used, and would take longest to fill.
func databaseOfMany(b *testing.B, s sqlServer, driver string, traces int) manyTraces {
	b.Helper()
	connection := s.fresh(b)
	write(b, open(b, connection), written(b, baseID, otherID, "x-start", began, nil)) // makes the table
	db := s.in(b, connection)
	drop, one, series, text, exact, pad, at := "DROP INDEX %s", "TRUNCATE data RESTART IDENTITY", "generate_series(0, %d) AS %s(seq)", "TEXT", "base_id", "lpad(%s::text, 12, '0')", "to_char(timestamp '2026-01-31 00:00:00' + n.seq * interval '1 millisecond', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
	if driver == "mysql" {
		drop, one, series, text, exact, pad, at = "DROP INDEX %s ON data", "TRUNCATE data", "seq_0_to_%d AS %s", "CHAR", "BINARY base_id", "lpad(%s, 12, '0')", "date_format(timestamp('2026-01-31 00:00:00') + INTERVAL n.seq * 1000 MICROSECOND, '%Y-%m-%dT%H:%i:%s.%f')"
	}
	statements := []string{one}
	for _, column := range []string{"timestamp", "base_id", "parent_id", "trace_id", "project", "host", "service", "name"} {
		statements = append(statements, fmt.Sprintf(drop, "ix_data_"+column))
	}
	request, statement := `'"{\"info\": {\"request\": {\"method\": \"POST\", \"path\": \"/v2.1/servers\"}}}"'`, `'"{\"info\": {\"db\": {\"statement\": \"SELECT instances.created_at, instances.updated_at FROM instances WHERE instances.deleted = %s AND instances.uuid = %s\", \"params\": {}}}}"'`
	data := "CASE n.seq WHEN 0 THEN " + request + " ELSE " + statement + " END"
	if driver == "pgx" {
		data = "(" + data + ")::json"
	}
	base := "concat('00000000-0000-4000-8000-', " + fmt.Sprintf(pad, "t.seq") + ")"
	statements = append(statements,
		"INSERT INTO data (base_id, parent_id, trace_id, name, project, service, host, timestamp, data) SELECT "+base+", "+base+
			", concat('00000000-0000-4000-8000-', "+fmt.Sprintf(pad, "n.seq")+"), CASE n.seq WHEN 0 THEN 'wsgi-start' ELSE 'db-start' END, 'nova', 'osapi_compute', 'ctl-1', "+at+", "+data+
			" FROM "+fmt.Sprintf(series, traces-1, "t")+" CROSS JOIN "+fmt.Sprintf(series, 2*pointsEach-1, "n"),
		"CREATE INDEX ix_data_base_id ON data (base_id)", "ANALYZE "+map[string]string{"mysql": "TABLE data", "pgx": "data"}[driver])
	execute(b, db, statements...)
	query := "SELECT oldest.base_id, oldest.timestamp, newest.timestamp, traces.notifications, oldest.name, CAST(oldest.data AS " + text + ")" +
		" FROM (SELECT MIN(id) AS oldest, MAX(id) AS newest, COUNT(*) AS notifications FROM data WHERE base_id IS NOT NULL GROUP BY " + exact + ") AS traces" +
		" JOIN data AS oldest ON oldest.id = traces.oldest JOIN data AS newest ON newest.id = traces.newest"
	return manyTraces{connection, func(ctx context.Context) (n int, err error) {
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for rows.Next() {
			var baseID, oldest, newest, name, data sql.NullString
			var count int
			if err := rows.Scan(&baseID, &oldest, &newest, &count, &name, &data); err != nil {
				return n, err
			}
			n++
		}
		return n, rows.Err()
	}}
}
