// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

// No verb prints the password of a store, neither of a store by itself nor of
// one inside another value, where package fmt can't call methods.
func TestPrintedStoresShowNoPassword(t *testing.T) {
	const password = "Tr0ub4dor"
	for connection, shown := range map[string]string{
		"redis://user:Tr0ub4dor@h:6379/1":                             "redis://***@h:6379/1",
		"rediss://:Tr0ub4dor@h":                                       "rediss://***@h",
		"unix://:Tr0ub4dor@/run/redis.sock":                           "unix://***@/run/redis.sock",
		"redissentinel://:Tr0ub4dor@h1:26379,h2:26379":                "redissentinel://***@h1:26379,h2:26379",
		"mysql+pymysql://u:Tr0ub4dor@h/osprofiler":                    "mysql+pymysql://***@h/osprofiler",
		"postgresql://u:Tr0ub4dor@h/osprofiler":                       "postgresql://***@h/osprofiler",
		"postgresql://u@h/osprofiler?password=Tr0ub4dor":              "postgresql://***@h/osprofiler",
		"mongodb://u:Tr0ub4dor@h/admin":                               "mongodb://***@h/admin",
		"mongodb://u:Tr0ub4dor@h1,h2/admin?authMechanism=PLAIN":       "mongodb://***@h1,h2/admin",
		"elasticsearch://u:Tr0ub4dor@h:9200":                          "elasticsearch://***@h:9200",
		"elasticsearch+https://u:Tr0ub4dor@search.example/the/prefix": "elasticsearch+https://***@search.example/the/prefix",
	} {
		s, err := Open(connection)
		if err != nil {
			t.Errorf("%s: %v", connection, err)
			continue
		}
		type visible struct{ Store points.Store }
		type hidden struct{ store points.Store }
		copied := reflect.New(reflect.TypeOf(s).Elem()).Elem()
		copied.Set(reflect.ValueOf(s).Elem())
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, s); got != shown {
				t.Errorf("%s: %s prints %q, want %q", connection, verb, got, shown)
			}
			for _, value := range []any{visible{s}, &visible{s}, hidden{s}, &hidden{s}, copied.Interface(), struct{ any }{copied.Interface()}} {
				if got := fmt.Sprintf(verb, value); strings.Contains(got, password) || strings.Contains(got, fmt.Sprintf("%x", password)) {
					t.Errorf("%s: %s of a %T prints the password: %s", connection, verb, value, got)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", connection, err)
		}
	}
}
