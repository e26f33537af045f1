// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"net/http"
	"net/netip"
)

const madeAt = "2026-01-01T00:00:00Z"

func newNetwork(id, name string, subnets ...string) object {
	return object{
		"id":              id,
		"name":            name,
		"description":     "",
		"status":          "ACTIVE",
		"admin_state_up":  true,
		"shared":          false,
		"router:external": false,
		"mtu":             1500,
		"subnets":         subnets,
		"tenant_id":       projectID,
		"project_id":      projectID,
		"tags":            []string{},
		"revision_number": 1,
		"created_at":      madeAt,
		"updated_at":      madeAt,
	}
}

func newSubnet(id, name, network, cidr, gateway string) object {
	return object{
		"id":              id,
		"name":            name,
		"network_id":      network,
		"ip_version":      4,
		"cidr":            cidr,
		"gateway_ip":      gateway,
		"enable_dhcp":     true,
		"dns_nameservers": []string{},
		"host_routes":     []object{},
		"tenant_id":       projectID,
		"project_id":      projectID,
		"created_at":      madeAt,
		"updated_at":      madeAt,
	}
}

func (n *neutron) createNetwork(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Network struct{ Name string }
	}
	if !readJSON(r, &given) {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: network is missing.")
		return
	}
	network := newNetwork(newUUID(), given.Network.Name)
	network["subnets"] = []string{}
	network["created_at"], network["updated_at"] = now(), now()
	n.add(w, r, "network", network)
}

func (n *neutron) createSubnet(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Subnet struct {
			Name       string
			NetworkID  string `json:"network_id"`
			CIDR       string
			EnableDHCP *bool `json:"enable_dhcp"`
		}
	}
	if !readJSON(r, &given) {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: subnet is missing.")
		return
	}
	prefix, err := netip.ParsePrefix(given.Subnet.CIDR)
	if err != nil || !prefix.Addr().Is4() {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for cidr. Reason: '"+given.Subnet.CIDR+"' is not a valid IP subnet.")
		return
	}
	if n.look(r, "network", given.Subnet.NetworkID) == nil {
		noSuch(w, "network", given.Subnet.NetworkID)
		return
	}
	subnet := newSubnet(newUUID(), given.Subnet.Name, given.Subnet.NetworkID, prefix.Masked().String(), prefix.Masked().Addr().Next().String())
	subnet["created_at"], subnet["updated_at"] = now(), now()
	if given.Subnet.EnableDHCP != nil {
		subnet["enable_dhcp"] = *given.Subnet.EnableDHCP
	}
	n.replace("network", given.Subnet.NetworkID, func(network object) {
		network["subnets"] = append([]string{subnet["id"].(string)}, network["subnets"].([]string)...)
	})
	n.add(w, r, "subnet", subnet)
}
