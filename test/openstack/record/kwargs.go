// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// servers has the numbers of a trace's servers, by their uuids.
type servers map[string]string

const uuid = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`

var anyUUID = regexp.MustCompile(uuid)

// namesServer matches arguments of Nova's functions in which a uuid is that of
// a server.
var namesServer = []*regexp.Regexp{
	regexp.MustCompile(`'objmethod': 'get_by_instance_uuid'.*?'args': \['(` + uuid + `)'`),
	regexp.MustCompile(`'objname': 'InstanceActionEvent'.*?'args': \['(` + uuid + `)'`),
	regexp.MustCompile(`instance_uuid=(` + uuid + `)`),
	regexp.MustCompile(`Instance\(.*?,uuid=(` + uuid + `)`),
}

func numberServers(infos []info) servers {
	var found []string
	for _, i := range infos {
		for _, pattern := range namesServer {
			for _, match := range pattern.FindAllStringSubmatch(i.text(), -1) {
				found = append(found, match[1])
			}
		}
	}
	slices.Sort(found)
	numbers := servers{}
	for k, server := range slices.Compact(found) {
		numbers[server] = fmt.Sprintf("00000000-0000-4000-8000-%012d", k)
	}
	return numbers
}

// These match the arguments of nova-conductor's calls that run a method of an
// object, or of its class.
var (
	object       = regexp.MustCompile(`^\{'objinst': (\w+)\(`)
	instanceUUID = regexp.MustCompile(`instance_uuid=(` + uuid + `)`)
	ownUUID      = regexp.MustCompile(`,uuid=(` + uuid + `)`)
	classMethod  = regexp.MustCompile(`^\{'objname': '(\w+)', 'objmethod': '(\w+)'.*?'args': \[(?:'(` + uuid + `)')?`)
)

// kwargs returns KWARGS of a point, which are the servers in its arguments.
func (s servers) kwargs(i info) string {
	given := i.Function.Kwargs
	switch {
	case strings.HasSuffix(i.Function.Name, "ConductorManager.object_action"):
		kind := "?"
		if match := object.FindStringSubmatch(given); match != nil {
			kind = match[1]
		}
		about := ""
		if server := s.first(instanceUUID, given); server != "" {
			about = "instance_uuid=" + server
		} else if server := s.first(ownUUID, given); kind == "Instance" && server != "" {
			about = ",uuid=" + server
		}
		return "{'objinst': " + kind + "(" + about + ")"
	case strings.HasSuffix(i.Function.Name, "ConductorManager.object_class_action_versions"):
		if match := classMethod.FindStringSubmatch(given); match != nil && s[match[3]] != "" {
			return fmt.Sprintf("{'objname': '%s', 'objmethod': '%s', 'args': ['%s']", match[1], match[2], s[match[3]])
		}
		return ""
	}
	var mentioned []string
	for _, id := range anyUUID.FindAllString(i.text(), -1) {
		if server := s[id]; server != "" && !slices.Contains(mentioned, server) {
			mentioned = append(mentioned, server)
		}
	}
	return strings.Join(mentioned, " ")
}

func (s servers) first(pattern *regexp.Regexp, text string) string {
	if match := pattern.FindStringSubmatch(text); match != nil {
		return s[match[1]]
	}
	return ""
}
