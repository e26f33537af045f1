// SPDX-License-Identifier: Apache-2.0

// Package changes changes the running OpenStack in ways whose effect on a trace is
// known, for the tests of ostrace diff: the token cache is switched off, an index is
// dropped, a service becomes slower.
package changes
