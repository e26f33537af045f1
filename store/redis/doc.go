// SPDX-License-Identifier: Apache-2.0

// Package redis reads and writes what OSProfiler's drivers for Redis store, from
// its first layout to the present one.
//
// Connection strings are those of the Python drivers:
//
//	redis://[[user]:password@][host][:port][/db]
//	rediss://…                                     with TLS
//	unix://[[user]:password@]/path/of/socket[?db=1]
//	redissentinel://[:password@]host[:port][,host[:port]…][/db][?sentinel_service_name=mymaster]
//
// Their options are named as in Python's redis: db, socket_timeout and
// socket_connect_timeout in seconds, and with rediss ssl_ca_certs, ssl_certfile,
// ssl_keyfile, ssl_check_hostname (true here where nothing is said) and
// ssl_cert_reqs (required or none). Options that only tune Python's client are
// accepted and ignored.
//
// With Sentinel the password is that of the Redis servers; Sentinel itself is
// asked without one, as OSProfiler's driver does. sentinel_service_name stands in
// for the option of that name in the section [profiler], and is mymaster by
// default as there.
//
// A command that is not answered in 15 seconds fails, and so does a connection
// that is not made in 5; the options change that. No command is tried twice, so
// that nothing is written twice.
//
// The client library also logs connections that fail, to standard error; a program
// that does not want that calls Disable of github.com/redis/go-redis/v9/logging.
//
// # Layout
//
// The list osprofiler_opt:<base_id> has a trace's notifications, newest first, and
// the string osprofiler_error:<base_id> marks a trace in which something failed.
// Before version 2.8, OSProfiler wrote a string osprofiler:<base_id>_<trace_id>_<timestamp>
// for each notification; these are read too.
package redis
