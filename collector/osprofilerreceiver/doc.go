// SPDX-License-Identifier: Apache-2.0

// Package osprofilerreceiver is a receiver for the OpenTelemetry Collector. It
// sends the points that OSProfiler's drivers store, or send to a message queue, to
// a traces pipeline.
//
// The driver messaging:// keeps the points in the queue profiler.info of RabbitMQ.
// The receiver takes them from there. Redis, MySQL, MariaDB, PostgreSQL, MongoDB,
// Elasticsearch and OpenSearch are read as they grow, and nothing is removed from
// them.
//
// A point is two notifications, one for its start and one for its stop. The
// receiver makes a span of both, as [points.Trace.Spans] does, with the ids,
// attributes and resources of that package. It keeps the first of both in a storage
// extension of the Collector until the second one comes. README.md describes the
// configuration and what is guaranteed.
package osprofilerreceiver
