// SPDX-License-Identifier: Apache-2.0

// Package mongodb reads what OSProfiler's MongoDB driver stores.
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
// percent-encoded. Its database is the one to log in at. OSProfiler's notifications
// are always in the database osprofiler, in the collections profiler and
// profiler_error. A server that nobody is reached at within 5 seconds is an error,
// unless the option serverSelectionTimeoutMS says otherwise. MongoDB has to be 4.4
// or later, or a FerretDB. The package is tested with a real FerretDB 1.24, and by
// MongoDB's wire protocol.
//
// OSProfiler up to 4.4 marks traces that failed by a function that PyMongo 4 no
// longer has: with PyMongo 4, and filter_error_trace in the section [profiler], a
// service's point that failed is stored, and then the driver raises an error.
package mongodb
