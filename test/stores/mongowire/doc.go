// SPDX-License-Identifier: Apache-2.0

// Package mongowire is a server that speaks MongoDB's wire protocol, with as much
// behind it as OSProfiler's driver and this library's store ask for: the
// commands, options and operators that it doesn't know are errors, as they are in
// MongoDB. It keeps documents in memory.
//
// The protocol is that of https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/,
// and the commands are those of https://www.mongodb.com/docs/manual/reference/command/.
package mongowire
