// SPDX-License-Identifier: Apache-2.0

// Package store opens the stores of OSProfiler's drivers: Redis, directly or
// through Sentinel, MySQL, MariaDB, PostgreSQL, MongoDB, and Elasticsearch or
// OpenSearch.
//
//	s, err := store.Open("redis://localhost:6379")
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	for notification, err := range s.Notifications(ctx, baseID) {
//
// All texts that are read are valid UTF-8: other bytes become U+FFFD.
//
// Reading ends when its context does. It also ends, with an error that says so,
// where a server never stops answering: after 10,000,000 notifications or 4 GiB
// of one trace, after 10,000,000 traces of a list or entries that are searched
// for traces, and after 1,000,000 answers in a row without anything new.
package store
