// SPDX-License-Identifier: Apache-2.0

package main

import "io/fs"

// checkLink allows every link. Windows gives each user a folder of their own for
// temporary files, and only users with a privilege can make links.
func checkLink(string, fs.FileInfo) error { return nil }
