// SPDX-License-Identifier: Apache-2.0

// Package searchwire is a server that speaks the part of the REST API of
// Elasticsearch and OpenSearch that OSProfiler's driver and this library's
// store use. It maps, analyses and refuses requests like each of their
// versions, and refuses requests that it does not know. It keeps documents in
// memory.
//
// It follows https://www.elastic.co/docs/api/doc/elasticsearch/ and
// https://docs.opensearch.org/latest/api-reference/.
package searchwire
