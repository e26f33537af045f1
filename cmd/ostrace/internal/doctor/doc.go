// SPDX-License-Identifier: Apache-2.0

// Package doctor finds out what is wrong with the tracing of an OpenStack cloud,
// and says what to set.
//
// It looks at the cloud from two sides:
//
//   - It sends each service of the catalog the same read request three times:
//     signed with SHA-1, signed with SHA-256, and unsigned. What the services' store
//     then has of the signed requests says whether the service traces, and with
//     which digest. Nothing may be there of the unsigned one. The answers say
//     whether the service has OpenTelemetry of its own, and whether it returns the
//     request id.
//   - It reads the newest traces of the store. They say whether SQL, requests between
//     services and RPC are traced, where traces stop, and which traces have points of
//     other requests.
//
// # The evidence of Keystone
//
// In the pipelines of all services, OSProfiler comes before the filter that has
// Keystone validate the token (the projects' paste files, placement/deploy.py). So a
// service that has accepted the signature asks Keystone with a signature of its own,
// whose parent is the service's point. If Keystone's point is in the store and the
// point above it is not, the service traces and stores its points elsewhere. This
// needs a token that the service has not seen yet, so the first request with a new
// token is a signed one.
//
// Causes that can't be told apart from outside are one [Finding], with its
// candidates in the order of their likelihood.
//
// # Clocks
//
// The point of a request begins after the request was sent, and ends before its
// answer arrived. So the times of the point, by the service's clock, limit how far
// this clock can be from the clock of this machine. Services are compared with the
// median of all services, and not with this machine.
package doctor
