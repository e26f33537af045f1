// SPDX-License-Identifier: Apache-2.0

package environment

import "path/filepath"

// homeVariable names the user's folder.
const homeVariable = "HOME"

// ownFolders returns the folders in which openstacksdk looks for clouds.yaml on this
// system only.
func ownFolders(_ []string, home string) []string {
	return []string{filepath.Join(home, "Library", "Application Support", "openstack")}
}
