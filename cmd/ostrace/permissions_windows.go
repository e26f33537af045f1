// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io/fs"
	"os"
)

// setPermissions leaves a file the access control list that it has inherited from
// its folder, as any new file there has.
func setPermissions(*os.File, fs.FileInfo) error { return nil }
