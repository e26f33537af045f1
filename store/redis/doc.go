// SPDX-License-Identifier: Apache-2.0

// Package redis reads and writes the notifications of OSProfiler's drivers for
// Redis, in the first layout and in the present one.
//
// Connection strings are those of the Python drivers:
//
//	redis://[[user]:password@][host][:port][/db]
//	rediss://…                                     with TLS
//	unix://[[user]:password@]/path/of/socket[?db=1]
//	redissentinel://[:password@]host[:port][,host[:port]…][/db][?sentinel_service_name=mymaster]
//
// Their options are named as in Python's redis: db, socket_timeout and
// socket_connect_timeout in seconds, and with rediss ssl_ca_certs,
// ssl_certfile, ssl_keyfile, ssl_check_hostname (true here by default) and
// ssl_cert_reqs (required or none). Options that only tune Python's client are
// accepted and ignored.
//
// With Sentinel the password is that of the Redis servers. Sentinel itself is
// asked without a password, as by OSProfiler's driver. sentinel_service_name
// has the same meaning as the option of that name in the section [profiler],
// and the same default, mymaster.
//
// A command that is not answered within 15 seconds fails, and so does a
// connection that is not made within 5 seconds. The options change these times.
// No command is sent twice, so that nothing is written twice.
//
// The client library also logs failed connections to standard error. A program
// that does not want that calls Disable of
// github.com/redis/go-redis/v9/logging.
//
// # Layout
//
// The list osprofiler_opt:<base_id> has a trace's notifications, newest first, and
// the string osprofiler_error:<base_id> marks a trace in which something failed.
// Before version 2.8, OSProfiler wrote a string osprofiler:<base_id>_<trace_id>_<timestamp>
// for each notification; these are read too. A list of traces takes one SCAN, and
// of each trace the length of its list and the list's first and last entry. Only
// the traces of the oldest layout are in memory all at once.
package redis
