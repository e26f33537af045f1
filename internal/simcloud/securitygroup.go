// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"cmp"
	"net/http"
)

func (n *neutron) createSecurityGroup(w http.ResponseWriter, r *http.Request) {
	var given struct {
		SecurityGroup struct {
			Name        string
			Description string
		} `json:"security_group"`
	}
	if !readJSON(r, &given) {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: security_group is missing.")
		return
	}
	n.add(w, r, "security_group", object{
		"id": newUUID(), "name": given.SecurityGroup.Name, "description": given.SecurityGroup.Description,
		"stateful": true, "security_group_rules": []object{}, "tags": []string{}, "revision_number": 1,
		"tenant_id": projectID, "project_id": projectID, "created_at": now(), "updated_at": now(),
	})
}

// createSecurityGroupRule makes a rule, which is listed with the rules and not
// with its group.
func (n *neutron) createSecurityGroupRule(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Rule struct {
			Direction       string
			EtherType       string
			Protocol        *string
			SecurityGroupID string `json:"security_group_id"`
			PortRangeMin    *int   `json:"port_range_min"`
			PortRangeMax    *int   `json:"port_range_max"`
		} `json:"security_group_rule"`
	}
	if !readJSON(r, &given) || given.Rule.Direction == "" {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: a direction is needed.")
		return
	}
	group := n.look(r, "security_group", given.Rule.SecurityGroupID)
	if group == nil {
		noSuch(w, "security_group", given.Rule.SecurityGroupID)
		return
	}
	n.add(w, r, "security_group_rule", object{
		"id": newUUID(), "security_group_id": group["id"], "direction": given.Rule.Direction,
		"ethertype": cmp.Or(given.Rule.EtherType, "IPv4"), "protocol": given.Rule.Protocol,
		"port_range_min": given.Rule.PortRangeMin, "port_range_max": given.Rule.PortRangeMax,
		"remote_ip_prefix": nil, "remote_group_id": nil, "description": "",
		"tenant_id": projectID, "project_id": projectID, "created_at": now(), "updated_at": now(),
	})
}
