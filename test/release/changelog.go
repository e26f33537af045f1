// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// changelogFile has the form of https://keepachangelog.com/en/1.1.0/.
const changelogFile = "CHANGELOG.md"

const unreleased = "## [Unreleased]\n"

// releaseChanges makes the changes under Unreleased those of a version. previous is
// the last release, or empty. address is that of the repository.
func releaseChanges(text, version, previous, date, address string) (string, error) {
	before, changes, found := strings.Cut(text, unreleased)
	if !found {
		return "", errors.New(changelogFile + " has no line \"## [Unreleased]\"")
	}
	end := strings.Index(changes, "\n## [")
	if end < 0 {
		end = linksAt(changes)
	}
	if strings.TrimSpace(changes[:end]) == "" {
		return "", errors.New(changelogFile + " lists no changes under Unreleased")
	}
	number := strings.TrimPrefix(version, "v")
	text = before + unreleased + fmt.Sprintf("\n## [%s] - %s\n", number, date) + changes

	address += "/"
	link := address + "releases/tag/" + version
	if previous != "" {
		link = address + "compare/" + previous + "..." + version
	}
	links := fmt.Sprintf("[Unreleased]: %scompare/%s...HEAD\n[%s]: %s\n", address, version, number, link)
	at := linksAt(text)
	return strings.TrimRight(text[:at], "\n") + "\n\n" + links + unreleasedLink.ReplaceAllString(strings.TrimLeft(text[at:], "\n"), ""), nil
}

var (
	unreleasedLink = regexp.MustCompile(`(?m)^\[Unreleased\]: .*\n?`)
	anyLink        = regexp.MustCompile(`(?m)^\[[^\]\n]+\]: `)
)

// linksAt returns where the links begin at the end of a changelog.
func linksAt(text string) int {
	if at := anyLink.FindStringIndex(text); at != nil {
		return at[0]
	}
	return len(text)
}

var newestRelease = regexp.MustCompile(`(?m)^## \[([0-9][^\]]*)\] - ([0-9]{4}-[0-9]{2}-[0-9]{2})$`)

// checkChanges returns what keeps a changelog from being that of a version.
func checkChanges(text, version string) []string {
	newest := newestRelease.FindStringSubmatch(text)
	switch {
	case newest == nil || "v"+newest[1] != version:
		return []string{fmt.Sprintf("%s: the newest release is not %s, with its date", changelogFile, version)}
	case !regexp.MustCompile(regexp.QuoteMeta(unreleased) + `\s*## \[`).MatchString(text):
		return []string{changelogFile + ": changes under Unreleased are not part of the release"}
	}
	return nil
}
