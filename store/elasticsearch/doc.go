// SPDX-License-Identifier: Apache-2.0

// Package elasticsearch reads the notifications that OSProfiler's Elasticsearch
// driver stores in Elasticsearch (7 and later) or OpenSearch (1 and later).
//
//	s, err := elasticsearch.Open("elasticsearch://osprofiler:secret@search.example:9200")
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	for notification, err := range s.Notifications(ctx, baseID) {
//
// The connection string is that of a service's option connection_string in its
// section [profiler]: elasticsearch://[user:password@]host[:port][/prefix]. The
// port is 9200 where none is given. OSProfiler's driver speaks only plain HTTP,
// perhaps to a proxy that adds TLS. The scheme elasticsearch+https:// is this
// package's own: it uses TLS, and the host must have a certificate that the
// system trusts ([crypto/x509.SystemCertPool]).
//
// The package uses the part of the REST API that is the same in all these
// versions: search, scroll, composite aggregations and field capabilities. It
// uses no document types. It needs the privilege to read the two indices, and
// no other. It is tested with a real OpenSearch 3, and with the REST API as the
// other versions answer it.
//
// OpenSearch 3 refuses OSProfiler's driver because that names a document type.
// With es_doc_type = _doc in the section [profiler], and a release of the
// Python package elasticsearch before 7.14, the driver can store there, and
// this package can read it.
package elasticsearch
