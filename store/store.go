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

// open opens the store that a connection string names.
type open func(connectionString string) (points.Store, error)

// schemes has the stores that can be read, by the schemes of their connection
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

// elsewhere has the schemes of OSProfiler's other drivers, and tells where to
// look for their traces.
var elsewhere = map[string]string{
	"otlp":       "OSProfiler's traces are in Jaeger, Tempo or another OpenTelemetry back end: look for the trace id there",
	"jaeger":     "OSProfiler's traces are in Jaeger: look for the last 16 hex digits of the trace id there",
	"messaging":  "RabbitMQ shows messages only by taking them out of the queue; the Collector's receiver osprofiler of this project moves them into a back end, and osprofiler trace show prints one trace and drops all others",
	"loginsight": "Log Insight is not supported: look for the base_id there",
}

// of makes an open of a package's Open, which returns the package's own type.
func of[S points.Store](function func(string) (S, error)) open {
	return func(connectionString string) (points.Store, error) {
		s, err := function(connectionString)
		if err != nil {
			return nil, err // a nil interface, and not a nil S
		}
		return s, nil
	}
}

// Open returns the store that a connection string names, in the form of
// OSProfiler's own option connection_string in a service's section [profiler].
// It does not connect: the first use of the store does.
//
// An error says what is wrong with the connection string. Where the scheme is
// one of OSProfiler's from which nothing can be read, it says what to do
// instead. It does not show the password.
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
		return nil, fmt.Errorf("%s:// can't be read: %s (the schemes that can be read are %s)", s.Scheme, why, readable)
	}
	return nil, fmt.Errorf("unknown scheme %q in the connection string; the schemes that can be read are %s", s.Scheme, readable)
}
