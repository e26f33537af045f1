// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

const address = "https://example.com/project"

// The first release and the next one move what is under Unreleased, and keep the links
// at the end.
func TestReleaseChanges(t *testing.T) {
	first, err := releaseChanges("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n", "v0.1.0", "", "2026-11-28", address)
	if err != nil {
		t.Fatal(err)
	}
	if want := `# Changelog

## [Unreleased]

## [0.1.0] - 2026-11-28

### Added

- A.

[Unreleased]: https://example.com/project/compare/v0.1.0...HEAD
[0.1.0]: https://example.com/project/releases/tag/v0.1.0
`; first != want {
		t.Fatalf("%s\nwant\n%s", first, want)
	}
	second, err := releaseChanges(strings.Replace(first, "## [0.1.0]", "### Fixed\n\n- B.\n\n## [0.1.0]", 1), "v0.2.0", "v0.1.0", "2026-12-24", address)
	if err != nil {
		t.Fatal(err)
	}
	if want := `# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-24

### Fixed

- B.

## [0.1.0] - 2026-11-28

### Added

- A.

[Unreleased]: https://example.com/project/compare/v0.2.0...HEAD
[0.2.0]: https://example.com/project/compare/v0.1.0...v0.2.0
[0.1.0]: https://example.com/project/releases/tag/v0.1.0
`; second != want {
		t.Errorf("%s\nwant\n%s", second, want)
	}
	if problems := checkChanges(second, "v0.2.0"); problems != nil {
		t.Error(problems)
	}
}

// There is no release without changes, and a changelog of another state is found.
func TestChangesRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no changes":    "## [Unreleased]\n\n## [0.1.0] - 2026-11-28\n\n- A.\n",
		"only links":    "## [Unreleased]\n\n[Unreleased]: https://example.com\n",
		"no unreleased": "# Changelog\n",
	} {
		if changed, err := releaseChanges(text, "v0.2.0", "v0.1.0", "2026-12-24", address); err == nil {
			t.Errorf("%s: %s", name, changed)
		}
	}
	for name, text := range map[string]string{
		"an older version": "## [Unreleased]\n\n## [0.0.1] - 2026-11-28\n",
		"no date":          "## [Unreleased]\n\n## [0.1.0]\n",
		"later changes":    "## [Unreleased]\n\n- B.\n\n## [0.1.0] - 2026-11-28\n",
		"none":             "## [Unreleased]\n",
	} {
		if problems := checkChanges(text, "v0.1.0"); len(problems) != 1 {
			t.Errorf("%s: %q", name, problems)
		}
	}
}
