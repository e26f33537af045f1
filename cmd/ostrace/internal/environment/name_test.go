// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"runtime"
	"slices"
	"testing"
)

// On Windows a key is removed in whatever case its variable's name is written.
func TestWithout(t *testing.T) {
	got := Without([]string{"PATH=/bin", "OS_PROFILE=KEY", "os_profile=KEY", "OS_PROFILE_2=x", "=C:=C:\\"}, []string{"OS_PROFILE"})
	want := []string{"PATH=/bin", "os_profile=KEY", "OS_PROFILE_2=x", "=C:=C:\\"}
	if runtime.GOOS == "windows" {
		want = slices.Delete(want, 1, 2)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
