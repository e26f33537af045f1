// SPDX-License-Identifier: Apache-2.0

package environment

import "path/filepath"

// homeVariable names the user's folder.
const homeVariable = "USERPROFILE"

// ownFolders returns the folders in which openstacksdk looks for clouds.yaml on this
// system only.
func ownFolders(environ []string, _ string) []string {
	return []string{filepath.Join(lookup(environ, "LOCALAPPDATA"), "OpenStack", "openstack")}
}
