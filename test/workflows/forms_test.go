// SPDX-License-Identifier: Apache-2.0

package workflows_test

import (
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// form is an issue form.
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms
type form struct {
	Name, Description string
	Title             string
	Labels            []string
	Body              []struct {
		Type, ID   string
		Attributes struct {
			Label, Description, Placeholder, Value, Render string
		}
		Validations struct{ Required bool }
	}
}

var formID = regexp.MustCompile(`^[\w-]+$`)

func TestIssueForms(t *testing.T) {
	for _, name := range files(t, ".github/ISSUE_TEMPLATE/*.yml") {
		if strings.HasSuffix(name, "/config.yml") {
			continue
		}
		var f form
		decode(t, name, &f)
		if f.Name == "" || f.Description == "" {
			t.Errorf("%s has no name or no description", name)
		}
		seen, fields := map[string]bool{}, 0
		for i, element := range f.Body {
			switch element.Type {
			case "markdown":
				if element.Attributes.Value == "" {
					t.Errorf("%s, element %d: the text is empty", name, i)
				}
			case "input", "textarea":
				fields++
				if element.Attributes.Label == "" || !formID.MatchString(element.ID) || seen[element.ID] {
					t.Errorf("%s, element %d: the label is %q, and the id is %q", name, i, element.Attributes.Label, element.ID)
				}
				seen[element.ID] = true
			default:
				t.Errorf("%s, element %d has the type %q", name, i, element.Type)
			}
		}
		if fields == 0 {
			t.Errorf("%s asks for nothing", name)
		}
	}
}

// decode reads YAML that has no other keys than the type.
func decode(t *testing.T, name string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(string(read(t, name))))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestIssueChoices(t *testing.T) {
	var choices struct {
		Blank    *bool                               `yaml:"blank_issues_enabled"`
		Contacts []struct{ Name, URL, About string } `yaml:"contact_links"`
	}
	decode(t, ".github/ISSUE_TEMPLATE/config.yml", &choices)
	if choices.Blank == nil || len(choices.Contacts) == 0 {
		t.Errorf("%+v", choices)
	}
	for _, c := range choices.Contacts {
		if c.Name == "" || c.About == "" || !strings.HasPrefix(c.URL, "https://") {
			t.Errorf("%+v", c)
		}
	}
}

func TestDependabot(t *testing.T) {
	var config struct {
		Version int
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
			Schedule    struct{ Interval string }
			Groups      map[string]struct{ Patterns []string }
		}
	}
	decode(t, ".github/dependabot.yml", &config)
	updated := map[string]bool{}
	for _, u := range config.Updates {
		updated[u.Ecosystem] = true
		if u.Schedule.Interval == "" || (u.Directory == "") == (len(u.Directories) == 0) {
			t.Errorf("%s: %+v", u.Ecosystem, u)
		}
	}
	if config.Version != 2 || !updated["gomod"] || !updated["github-actions"] {
		t.Errorf("version %d updates %v", config.Version, updated)
	}
}

var (
	link    = regexp.MustCompile(`https://github\.com/ostrace/ostrace/blob/main/([\w./-]+)(#[\w-]+)?`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notSlug = regexp.MustCompile(`[^\w -]`)
)

// A link into this repository leads to a file, and to a heading in it.
func TestLinks(t *testing.T) {
	found := 0
	for _, pattern := range []string{".github/*.md", ".github/ISSUE_TEMPLATE/*"} {
		for _, name := range files(t, pattern) {
			for _, l := range link.FindAllStringSubmatch(string(read(t, name)), -1) {
				found++
				text := string(read(t, l[1]))
				if l[2] != "" && !slugs(text)[l[2]] {
					t.Errorf("%s: %s has no heading %s", name, l[1], l[2])
				}
			}
		}
	}
	if found == 0 {
		t.Error("there is no link")
	}
}

// slugs returns the headings of a Markdown text as GitHub writes them in links.
func slugs(text string) map[string]bool {
	all := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		all["#"+strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")] = true
	}
	return all
}
