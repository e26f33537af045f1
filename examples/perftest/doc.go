// SPDX-License-Identifier: Apache-2.0

// Perftest measures what tracing costs, in the program that is traced and in
// the cloud.
//
// It runs one scenario again and again through gophercloud, in turn without
// tracing, with W3C Trace Context alone, signed with a key that the cloud does
// not have, and signed with the cloud's own key:
//
//	perftest --os-profile SECRET_KEY --image tiny --output results
//
// With nothing set up it runs on a simulated cloud, inside the program, which
// shows what the program does, but nothing about a real cloud. The scenario
// creates a flavor, so on a real cloud it needs an administrator.
//
// The README.md of the folder above says how the measurements are made, and
// which differences they can show.
package main
