// SPDX-License-Identifier: Apache-2.0

// Package mongowire is a server that speaks MongoDB's wire protocol. It has the
// functions that OSProfiler's driver and this library's store use. Commands,
// options and operators that it does not know are errors, as in MongoDB. It
// keeps documents in memory.
//
// The protocol is that of https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/,
// and the commands are those of https://www.mongodb.com/docs/manual/reference/command/.
package mongowire
