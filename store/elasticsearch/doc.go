// SPDX-License-Identifier: Apache-2.0

// Package elasticsearch reads what OSProfiler's Elasticsearch driver stores, in
// Elasticsearch (7 and later) or OpenSearch (1 and later).
//
//	s, err := elasticsearch.Open("elasticsearch://osprofiler:secret@search.example:9200")
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	for notification, err := range s.Notifications(ctx, baseID) {
//
// The connection string is that of a service's option connection_string in its
// section [profiler]: elasticsearch://[user:password@]host[:port][/prefix], with
// port 9200 unless it says otherwise. OSProfiler's driver speaks plain HTTP only,
// to something that may well add TLS on the way; elasticsearch+https:// is this
// package's own, and speaks TLS with the host itself, which has to have a
// certificate that the system trusts ([crypto/x509.SystemCertPool]).
//
// It uses the part of the REST API that has been the same in all these versions:
// search, scroll, composite aggregations and field capabilities, and never a
// document type. It needs the privilege to read the two indices, and no other.
// It is tested with a real OpenSearch 3, and by that API as the others speak it.
//
// OpenSearch 3 refuses OSProfiler's driver, which names a document type;
// with es_doc_type = _doc in the section [profiler], and a release of the Python
// package elasticsearch before 7.14, it stores there, and this package reads that.
package elasticsearch
