// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/internal/connection"
	"github.com/ostrace/ostrace/store/internal/limit"
)

// Store reads and writes the notifications of OSProfiler's drivers in Redis. It
// implements [points.Store] and [points.Writer].
type Store struct {
	where  connection.String
	client *redis.Client
	limits limit.Limits
	// onlyLists says that a list of all traces found no key of the oldest
	// layout. Then traces are read without a SCAN for such keys, which goes
	// through all keys of the server: it would be made for each of the traces.
	// Services have not written that layout since 2019.
	onlyLists atomic.Bool
}

var (
	_ points.Store  = (*Store)(nil)
	_ points.Writer = (*Store)(nil)
)

// These options of Python's client have no meaning for another client.
var ignored = []string{
	"socket_keepalive", "retry_on_timeout", "retry_on_error", "max_connections",
	"health_check_interval", "encoding", "decode_responses", "client_name", "protocol",
}

// Open returns the store that a connection string names; see the package's
// documentation. It does not connect: the first use of the store does. An error
// says what is wrong with the connection string, and does not show its
// password.
func Open(connectionString string) (*Store, error) {
	where, err := connection.Parse(connectionString)
	if err != nil {
		return nil, err
	}
	options := &redis.Options{
		Network:               "tcp",
		Addr:                  where.Addresses("6379")[0],
		Username:              where.User(),
		Password:              where.Password(),
		ContextTimeoutEnabled: true,
		MaxRetries:            -1,
		DialerRetries:         1,
		// These would send commands that only newer servers, or those of one
		// vendor, know.
		Protocol:                 2,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if options.DialTimeout, err = where.Seconds("socket_connect_timeout", 5*time.Second); err != nil {
		return nil, err
	}
	if options.ReadTimeout, err = where.Seconds("socket_timeout", 15*time.Second); err != nil {
		return nil, err
	}
	options.WriteTimeout = options.ReadTimeout
	if options.DB, err = database(where); err != nil {
		return nil, err
	}

	known := append([]string{"db", "socket_timeout", "socket_connect_timeout"}, ignored...)
	if where.Scheme != "redissentinel" && len(where.Hosts) > 1 {
		return nil, where.Errorf("it must have one host, not %d; only redissentinel:// can have several", len(where.Hosts))
	}
	dialer := dialer{timeout: options.DialTimeout}
	options.Dialer = dialer.dial
	switch where.Scheme {
	case "redis":
	case "rediss":
		known = append(known, "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname", "ssl_cert_reqs")
		dialer.tls, err = tlsOf(where)
		options.Dialer = dialer.dial
	case "unix":
		options.Network, options.Addr = "unix", where.Path
		if where.Hosts[0] != "" || where.Path == "" {
			err = where.Errorf("a connection string for a socket must be like unix:///run/redis/redis.sock")
		}
	case "redissentinel":
		known = append(known, "sentinel_service_name")
		options.Dialer = dialer.through(where)
	default:
		err = where.Errorf("the scheme must be redis, rediss, unix or redissentinel")
	}
	if err != nil {
		return nil, err
	}
	if err := where.Only(known...); err != nil {
		return nil, err
	}
	return &Store{where: where, client: redis.NewClient(options), limits: limit.Default()}, nil
}

// database returns the number of the database. The option db is preferred to
// the path.
func database(where connection.String) (int, error) {
	text, found := where.Option("db")
	if !found && where.Scheme != "unix" {
		text = strings.Trim(where.Path, "/")
	}
	if text == "" {
		return 0, nil
	}
	db, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, where.Errorf("the database must be a number, as in redis://host:6379/1")
	}
	return int(db), nil
}

func tlsOf(where connection.String) (*tls.Config, error) {
	var t connection.TLS
	t.Authorities, _ = where.Option("ssl_ca_certs")
	t.Certificate, _ = where.Option("ssl_certfile")
	t.Key, _ = where.Option("ssl_keyfile")
	checkHost, err := where.Bool("ssl_check_hostname", true)
	if err != nil {
		return nil, err
	}
	t.SkipHost = !checkHost
	switch reqs, found := where.Option("ssl_cert_reqs"); {
	case !found, reqs == "required":
	case reqs == "none":
		t.SkipAll = true
	default:
		return nil, where.Errorf("the option ssl_cert_reqs must be required or none")
	}
	host, _, _ := net.SplitHostPort(where.Addresses("6379")[0])
	return where.Config(t, host)
}

// Format writes the connection string without its user, password and options,
// for every verb.
func (s *Store) Format(f fmt.State, verb rune) { s.where.Format(f, verb) }

// Close closes the connections.
func (s *Store) Close() error { return s.where.Wrap(s.client.Close()) }
