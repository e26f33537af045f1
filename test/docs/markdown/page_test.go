// SPDX-License-Identifier: Apache-2.0

package markdown_test

import (
	"reflect"
	"testing"

	"github.com/ostrace/ostrace/test/docs/markdown"
)

func TestParse(t *testing.T) {
	page, err := markdown.Parse("# A `page`, and [more](b.md#c)\n" +
		"\n" +
		"## Same\n" +
		"See [x](a.md), ![y](y.png) and `[z](no-link)`.\n" +
		"<!-- a mark -->\n" +
		"```sh\n" +
		"# no heading\n" +
		"[a](no-link)\n" +
		"```\n" +
		"## Same\n" +
		"```\n" +
		"```\n" +
		"| question | command |\n" +
		"| --- | --- |\n" +
		"| `one` | `two`, or `three` |\n" +
		"\n" +
		"| another | table |\n" +
		"| `one` | `two` |\n")
	if err != nil {
		t.Fatal(err)
	}
	want := &markdown.Page{
		Blocks:  []markdown.Block{{6, "sh", "a mark", "# no heading\n[a](no-link)\n"}, {11, "", "", ""}},
		Links:   []markdown.Link{{1, "b.md#c"}, {4, "a.md"}, {4, "y.png"}},
		Anchors: []string{"a-page-and-more", "same", "same-1"},
		Cells:   []markdown.Code{{15, "two"}},
	}
	if !reflect.DeepEqual(page, want) {
		t.Errorf("%+v, want %+v", page, want)
	}
	if _, err := markdown.Parse("```sh\n"); err == nil {
		t.Error("a block that is not closed is no error")
	}
}
