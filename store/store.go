// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/elasticsearch"
	"github.com/ostrace/ostrace/store/internal/connection"
	"github.com/ostrace/ostrace/store/mongodb"
	"github.com/ostrace/ostrace/store/redis"
	"github.com/ostrace/ostrace/store/sqlalchemy"
)

// open makes a store of a connection string.
type open func(connectionString string) (points.Store, error)

// schemes are the stores that can be read, by the scheme of their connection
// strings.
var schemes = map[string]open{
	"redis":               of(redis.Open),
	"rediss":              of(redis.Open),
	"unix":                of(redis.Open),
	"redissentinel":       of(redis.Open),
	"mysql":               of(sqlalchemy.Open),
	"mysql+pymysql":       of(sqlalchemy.Open),
	"mysql+mysqldb":       of(sqlalchemy.Open),
	"postgresql":          of(sqlalchemy.Open),
	"postgresql+psycopg2": of(sqlalchemy.Open),
	"elasticsearch":       of(elasticsearch.Open),
	"elasticsearch+https": of(elasticsearch.Open),
	"mongodb":             of(mongodb.Open),
	"mongodb+srv":         of(mongodb.Open),
}

// elsewhere are the schemes of OSProfiler's other drivers, and where to look for
// what those have written.
var elsewhere = map[string]string{
	"otlp":       "what OSProfiler sends there is in Jaeger, Tempo or another OpenTelemetry back end: look for the trace id there",
	"jaeger":     "what OSProfiler sends there is in Jaeger: look for the last 16 hex digits of the trace id there",
	"messaging":  "OSProfiler's messaging driver keeps nothing that could be read later",
	"loginsight": "Log Insight is not supported: look for the base_id there",
}

// of turns a package's Open, which returns its own type, into an open.
func of[S points.Store](function func(string) (S, error)) open {
	return func(connectionString string) (points.Store, error) {
		s, err := function(connectionString)
		if err != nil {
			return nil, err // and not a nil S
		}
		return s, nil
	}
}

// Open returns the store that a connection string names, in the form of
// OSProfiler's own option connection_string in a service's section [profiler].
// It does not connect: the first use of the store does.
//
// An error says what is wrong with the connection string, or what can be done
// where the scheme is one of OSProfiler that nothing can be read from. It shows
// no password.
func Open(connectionString string) (points.Store, error) {
	s, err := connection.Parse(connectionString)
	if err != nil {
		return nil, err
	}
	if open, found := schemes[s.Scheme]; found {
		return open(connectionString)
	}
	readable := strings.Join(slices.Sorted(maps.Keys(schemes)), "://, ") + "://"
	if why, found := elsewhere[s.Scheme]; found {
		return nil, fmt.Errorf("%s:// can't be read: %s (what can be read: %s)", s.Scheme, why, readable)
	}
	return nil, fmt.Errorf("unknown scheme %q in the connection string: what can be read is %s", s.Scheme, readable)
}
