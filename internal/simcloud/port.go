// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"fmt"
	"net/http"
	"net/netip"
)

func (n *neutron) createPort(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Port struct {
			Name           string   `json:"name"`
			NetworkID      string   `json:"network_id"`
			DeviceID       string   `json:"device_id"`
			DeviceOwner    string   `json:"device_owner"`
			SecurityGroups []string `json:"security_groups"`
		} `json:"port"`
	}
	if !readJSON(r, &given) {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: port is missing.")
		return
	}
	network := n.look(r, "network", given.Port.NetworkID)
	if network == nil {
		noSuch(w, "network", given.Port.NetworkID)
		return
	}
	for _, id := range given.Port.SecurityGroups {
		if find(n.all("security_group"), id) == nil {
			noSuch(w, "security_group", id)
			return
		}
	}
	port := object{
		"id":              newUUID(),
		"name":            given.Port.Name,
		"network_id":      given.Port.NetworkID,
		"device_id":       given.Port.DeviceID,
		"device_owner":    given.Port.DeviceOwner,
		"status":          "DOWN",
		"admin_state_up":  true,
		"security_groups": append([]string{}, given.Port.SecurityGroups...),
		"tenant_id":       projectID,
		"project_id":      projectID,
		"created_at":      now(),
		"updated_at":      now(),
	}
	n.mu.Lock()
	n.made++
	made := n.made
	n.mu.Unlock()
	subnet, address, ok := n.allocate(network, made)
	if !ok {
		neutronError(w, http.StatusConflict, "IpAddressGenerationFailure", "No more IP addresses available on network "+given.Port.NetworkID+".")
		return
	}
	port["mac_address"] = fmt.Sprintf("fa:16:3e:00:%02x:%02x", byte(made>>8), byte(made))
	port["fixed_ips"] = []object{{"subnet_id": subnet, "ip_address": address}}
	n.service.process.sql(r.Context(), "INSERT INTO ipallocations (port_id, ip_address, subnet_id, network_id) VALUES (%(port_id)s, %(ip_address)s, %(subnet_id)s, %(network_id)s)",
		params{"port_id": port["id"], "subnet_id": subnet, "network_id": given.Port.NetworkID})
	n.add(w, r, "port", port)
}

// allocate returns an address of the network's newest subnet.
func (n *neutron) allocate(network object, made int) (subnet, address string, ok bool) {
	ids := network["subnets"].([]string)
	if len(ids) == 0 {
		return "", "", false
	}
	record := find(n.all("subnet"), ids[0])
	if record == nil {
		return "", "", false
	}
	ip := netip.MustParsePrefix(record["cidr"].(string)).Addr().As4()
	ip[3] += byte(2 + made%250)
	return ids[0], netip.AddrFrom4(ip).String(), true
}

// updatePort changes the owner of a port. Nova does this with a port that
// somebody else made.
func (n *neutron) updatePort(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Port struct {
			DeviceID    *string `json:"device_id"`
			DeviceOwner *string `json:"device_owner"`
		} `json:"port"`
	}
	id := r.PathValue("id")
	if !readJSON(r, &given) {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: port is missing.")
		return
	}
	n.service.process.sql(r.Context(), "UPDATE ports SET device_id=%(device_id)s, device_owner=%(device_owner)s WHERE ports.id = %(id)s",
		params{"id": id})
	port := n.replace("port", id, func(port object) {
		for field, value := range map[string]*string{"device_id": given.Port.DeviceID, "device_owner": given.Port.DeviceOwner} {
			if value != nil {
				port[field] = *value
			}
		}
	})
	if port == nil {
		noSuch(w, "port", id)
		return
	}
	writeJSON(w, http.StatusOK, object{"port": port})
}
