// SPDX-License-Identifier: Apache-2.0

// Package endpoint checks the addresses that people give to a command, and keeps
// the passwords and tokens in them out of what it prints.
package endpoint
