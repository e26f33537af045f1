// SPDX-License-Identifier: Apache-2.0

// Perftest measures what tracing costs: the program that is traced, and the
// cloud.
//
// One scenario is run over and over through gophercloud, in turn without any
// tracing, with W3C Trace Context alone, signed with a key that the cloud does
// not know, and signed with the cloud's own:
//
//	perftest --os-profile SECRET_KEY --image tiny --output results
//
// With nothing set up it runs on a simulated cloud, inside the program, which
// shows what the program does and nothing about a real cloud. The scenario
// creates a flavor, so on a real cloud it needs an administrator.
//
// How the measurements are made, and what they can resolve, is in README.md of
// the folder above.
package main
