// SPDX-License-Identifier: Apache-2.0

package doctor

// Severity says whether a [Finding] is a fault.
type Severity string

const (
	// Problem is a fault: traces are incomplete or wrong, or the store fills up.
	Problem Severity = "problem"
	// Advice is an option that is off, with which traces would have more.
	Advice Severity = "advice"
)

// Finding is something that was seen, and that can be better.
type Finding struct {
	// ID names the kind of finding, and is also the title of its section in
	// docs/openstack.md.
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	// Services are the projects to which it applies, such as "glance".
	Services []string `json:"services,omitempty"`
	// Seen says what was seen.
	Seen string `json:"seen"`
	// Candidates are the possible causes, the likeliest first.
	Candidates []Candidate `json:"candidates,omitempty"`
	// Link is the address of the section in docs/openstack.md.
	Link string `json:"link"`
}

// Candidate is a possible cause of a finding.
type Candidate struct {
	Cause string `json:"cause"`
	// Check is a command that settles whether this is the cause.
	Check string `json:"check,omitempty"`
	// Host says where to run the command.
	Host string `json:"host,omitempty"`
	// Set says which option to set in which file.
	Set string `json:"set"`
}

// page is the page to which the findings link.
const page = "https://github.com/ostrace/ostrace/blob/main/docs/openstack.md"

// linked returns the finding with the link to its section.
func (f Finding) linked() Finding {
	f.Link = page + "#" + f.ID
	return f
}
