// SPDX-License-Identifier: Apache-2.0

package store

import (
	"strings"
	"testing"

	"github.com/ostrace/ostrace/points"
)

func TestOpen(t *testing.T) {
	for _, connection := range []string{
		"redis://", "redis://localhost:6379", "REDIS://h/1", "rediss://:secret@h", "unix:///run/redis.sock", "redissentinel://:secret@h:26379",
		"mysql://u:secret@h/osprofiler", "mysql+pymysql://h/osprofiler?charset=utf8", "mysql+mysqldb://h/osprofiler",
		"postgresql://u:secret@h/osprofiler", "postgresql+psycopg2://h/osprofiler?sslmode=disable",
	} {
		s, err := Open(connection)
		if err != nil {
			t.Errorf("%s: %v", connection, err)
			continue
		}
		if _, writes := s.(points.Writer); !writes {
			t.Errorf("%s can't be written to", connection)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", connection, err)
		}
	}
}

func TestOpenToRead(t *testing.T) {
	for _, connection := range []string{
		"mongodb://u:secret@h/admin", "mongodb://h1,h2:27018/?replicaSet=rs0",
		"elasticsearch://u:secret@h:9200", "elasticsearch+https://h/prefix",
	} {
		s, err := Open(connection)
		if err != nil {
			t.Errorf("%s: %v", connection, err)
			continue
		}
		if _, writes := s.(points.Writer); writes {
			t.Errorf("%s can be written to", connection)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", connection, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	for connection, want := range map[string]string{
		"":                                       "like redis://host:6379",
		"secret":                                 "like redis://host:6379",
		"messaging://":                           "only by taking them out of the queue",
		"otlp://secret:4318":                     "in Jaeger, Tempo",
		"jaeger://u:secret@h":                    "in Jaeger",
		"loginsight://u:secret@h":                "Log Insight",
		"sqlite:///secret":                       `unknown scheme "sqlite"`,
		"redis://:secret@h/db":                   "the database must be a number",
		"redis://:secret@h?timeout=1":            `unknown option "timeout"`,
		"redis://:secret@h1,h2":                  "one host",
		"redis://:secret@h:port":                 "not a number",
		"rediss://:secret@h?ssl_cert_reqs=maybe": "required or none",
		"rediss://:secret@h?ssl_check_hostname=maybe":         "true or false",
		"rediss://:secret@h?ssl_ca_certs=/nonexistent":        "no such file",
		"rediss://:secret@h?ssl_ca_certs=store_test.go":       "no certificate in PEM",
		"rediss://:secret@h?ssl_certfile=store_test.go":       "PEM",
		"redis://:secret@h?ssl_cert_reqs=none":                `unknown option "ssl_cert_reqs"`,
		"unix://:secret@host/run/redis.sock":                  "unix:///run/redis/redis.sock",
		"unix://:secret@":                                     "unix:///run/redis/redis.sock",
		"redis://:secret@h?socket_timeout=0":                  "a number of seconds",
		"redis://:secret@h?socket_connect_timeout=x":          "a number of seconds",
		"mysql://u:secret@h":                                  "the name of the database is missing",
		"mysql://u:secret@h1,h2/db":                           "one host",
		"mysql://u:secret@h/db?timeout=1":                     `unknown option "timeout"`,
		"mysql://u:secret@h/db?read_timeout=x":                "a number of seconds",
		"mysql://u:secret@h/db?ssl_ca=/nonexistent":           "no such file",
		"mysql://u:secret@h/db?ssl_disabled=x":                "true or false",
		"postgresql://u:secret@h/db?sslmode=maybe":            "sslmode",
		"postgresql://u:secret@h/db?sslrootcert=/nonexistent": "no such file",
		"postgresql://u:secret@h/db?connect_timeout=x":        "connect_timeout",
		"postgresql://u@h/db?password=secret&sslmode=maybe":   "sslmode",
	} {
		s, err := Open(connection)
		if err == nil || s != nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %v, want %s", connection, s, err, want)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password shows: %v", err)
		}
	}
}

// FuzzOpen checks that no connection string causes a panic, and that no error
// shows the password.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"redis://:%s@h/1?db=2", "postgresql://u:%s@h:1,h2/db?sslmode=x&password=%s", "mysql://u:%s@h/db?ssl_ca=x", "otlp://%s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const password = "Tr0ub4dor"
		before, after, found := strings.Cut(text, "://")
		if !found || strings.Count(after, "@") != 1 || strings.HasSuffix(strings.ToLower(before), "srv") { // it would ask the DNS
			return
		}
		// The password stands in its place, and nowhere else.
		_, host, _ := strings.Cut(after, "@")
		s, err := Open(before + "://user:" + password + "@" + host)
		if err == nil {
			_ = s.Close()
		} else if strings.Contains(err.Error(), password) {
			t.Fatal(err)
		}
	})
}
