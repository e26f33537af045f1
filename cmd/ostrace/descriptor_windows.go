// SPDX-License-Identifier: Apache-2.0

package main

import "os"

// openDescriptor returns nil, because Windows has no names for a process's own open
// files.
func openDescriptor(string) (*os.File, error) { return nil, nil }
