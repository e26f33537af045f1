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
package store
