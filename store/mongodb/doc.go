// SPDX-License-Identifier: Apache-2.0

// Package mongodb reads the notifications that OSProfiler's MongoDB driver
// stores.
//
//	s, err := mongodb.Open("mongodb://osprofiler:secret@mongo.example:27017/?authSource=admin")
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	for notification, err := range s.Notifications(ctx, baseID) {
//
// The connection string is that of a service's option connection_string in its
// section [profiler], which is MongoDB's own
// (https://www.mongodb.com/docs/manual/reference/connection-string/):
// mongodb:// or mongodb+srv://, with a user and a password that are
// percent-encoded. The database in it is the one that checks the user and the
// password. OSProfiler's notifications are always in the database osprofiler,
// in the collections profiler and profiler_error. It is an error if no server
// can be reached within 5 seconds; the option serverSelectionTimeoutMS sets
// another time. The server must be MongoDB 4.4 or later, or FerretDB. The
// package is tested with a real FerretDB 1.24, and with a test server that
// speaks MongoDB's wire protocol.
//
// OSProfiler up to 4.4 marks failed traces with a function that PyMongo 4 does
// not have any more. With PyMongo 4, and filter_error_trace in the section
// [profiler], the driver stores the failed point of a service, and then raises
// an error.
package mongodb
