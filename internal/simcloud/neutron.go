package simcloud

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	networkID = "44444444-5c1d-4b6e-9a40-0f2f3a6d1c04"
	subnetID  = "55555555-5c1d-4b6e-9a40-0f2f3a6d1c05"
)

var networks = []object{{
	"id":              networkID,
	"name":            "net1",
	"description":     "",
	"status":          "ACTIVE",
	"admin_state_up":  true,
	"shared":          false,
	"router:external": false,
	"mtu":             1500,
	"subnets":         []string{subnetID},
	"tenant_id":       projectID,
	"project_id":      projectID,
	"tags":            []string{},
	"revision_number": 1,
	"created_at":      "2026-01-01T00:00:00Z",
	"updated_at":      "2026-01-01T00:00:00Z",
}}

var subnets = []object{{
	"id":              subnetID,
	"name":            "subnet1",
	"network_id":      networkID,
	"ip_version":      4,
	"cidr":            "10.0.0.0/24",
	"gateway_ip":      "10.0.0.1",
	"enable_dhcp":     true,
	"dns_nameservers": []string{},
	"host_routes":     []object{},
	"tenant_id":       projectID,
	"project_id":      projectID,
	"created_at":      "2026-01-01T00:00:00Z",
	"updated_at":      "2026-01-01T00:00:00Z",
}}

// neutron is Neutron's v2.0 API: one network with one subnet, and ports.
type neutron struct {
	service *service

	mu    sync.Mutex
	ports []object
	made  int
}

func setUpNeutron(s *service) {
	n := &neutron{service: s, ports: []object{}}
	s.process.dbPoint = "neutron.db"
	s.versions = map[string]versions{"": several(http.StatusOK, []version{
		newVersion("v2.0", "CURRENT", s.url+"/v2.0/"),
	})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2.0/networks", n.list("networks", func() []object { return networks }))
	mux.HandleFunc("GET /v2.0/networks/{id}", n.show("Network", "network", func() []object { return networks }))
	mux.HandleFunc("GET /v2.0/subnets", n.list("subnets", func() []object { return subnets }))
	mux.HandleFunc("GET /v2.0/subnets/{id}", n.show("Subnet", "subnet", func() []object { return subnets }))
	mux.HandleFunc("GET /v2.0/ports", n.list("ports", n.allPorts))
	mux.HandleFunc("GET /v2.0/ports/{id}", n.show("Port", "port", n.allPorts))
	mux.HandleFunc("POST /v2.0/ports", n.createPort)
	mux.HandleFunc("DELETE /v2.0/ports/{id}", n.deletePort)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		neutronNotFound(w, "HTTPNotFound", "The resource could not be found.")
	})
	s.handler = s.authenticated(mux)
}

func neutronNotFound(w http.ResponseWriter, class, message string) {
	neutronError(w, http.StatusNotFound, class, message)
}

func neutronError(w http.ResponseWriter, status int, class, message string) {
	writeJSON(w, status, object{"NeutronError": object{"type": class, "message": message, "detail": ""}})
}

func (n *neutron) allPorts() []object {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.ports)
}

func (n *neutron) list(table string, records func() []object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n.service.process.sql(r.Context(),
			fmt.Sprintf("SELECT %[1]s.id, %[1]s.name, %[1]s.project_id FROM %[1]s WHERE %[1]s.project_id = %%(project_id_1)s", table),
			params{"project_id_1": projectID})
		found := filter(records(), r.URL.Query(), "id", "name", "network_id", "device_id", "tenant_id", "project_id")
		writeJSON(w, http.StatusOK, object{table: found})
	}
}

func (n *neutron) show(class, name string, records func() []object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		n.service.process.sql(r.Context(),
			fmt.Sprintf("SELECT %[1]ss.id, %[1]ss.name, %[1]ss.project_id FROM %[1]ss WHERE %[1]ss.id = %%(id_1)s", name),
			params{"id_1": id})
		record := find(records(), id)
		if record == nil {
			neutronNotFound(w, class+"NotFound", class+" "+id+" could not be found.")
			return
		}
		writeJSON(w, http.StatusOK, object{name: record})
	}
}

func (n *neutron) createPort(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Port struct {
			Name        string `json:"name"`
			NetworkID   string `json:"network_id"`
			DeviceID    string `json:"device_id"`
			DeviceOwner string `json:"device_owner"`
		} `json:"port"`
	}
	if !readJSON(r, &given) {
		neutronError(w, http.StatusBadRequest, "HTTPBadRequest", "Invalid input for operation: port is missing.")
		return
	}
	p := n.service.process
	p.sql(r.Context(), "SELECT networks.id, networks.name, networks.project_id FROM networks WHERE networks.id = %(id_1)s",
		params{"id_1": given.Port.NetworkID})
	if given.Port.NetworkID != networkID {
		neutronNotFound(w, "NetworkNotFound", "Network "+given.Port.NetworkID+" could not be found.")
		return
	}
	now := time.Now().UTC().Format(time.RFC3339)
	port := object{
		"id":              newUUID(),
		"name":            given.Port.Name,
		"network_id":      networkID,
		"device_id":       given.Port.DeviceID,
		"device_owner":    given.Port.DeviceOwner,
		"status":          "DOWN",
		"admin_state_up":  true,
		"security_groups": []string{},
		"tenant_id":       projectID,
		"project_id":      projectID,
		"created_at":      now,
		"updated_at":      now,
	}
	n.mu.Lock()
	n.made++
	port["mac_address"] = fmt.Sprintf("fa:16:3e:00:%02x:%02x", byte(n.made>>8), byte(n.made))
	port["fixed_ips"] = []object{{"subnet_id": subnetID, "ip_address": fmt.Sprintf("10.0.0.%d", 2+n.made%250)}}
	n.ports = append(n.ports, port)
	n.mu.Unlock()
	p.sql(r.Context(), "INSERT INTO ports (project_id, id, name, network_id, mac_address, device_id) VALUES (%(project_id)s, %(id)s, %(name)s, %(network_id)s, %(mac_address)s, %(device_id)s)",
		params{"id": port["id"], "network_id": networkID, "device_id": given.Port.DeviceID})
	p.sql(r.Context(), "INSERT INTO ipallocations (port_id, ip_address, subnet_id, network_id) VALUES (%(port_id)s, %(ip_address)s, %(subnet_id)s, %(network_id)s)",
		params{"port_id": port["id"], "subnet_id": subnetID, "network_id": networkID})
	writeJSON(w, http.StatusCreated, object{"port": port})
}

func (n *neutron) deletePort(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	n.service.process.sql(r.Context(), "DELETE FROM ports WHERE ports.id = %(id)s", params{"id": id})
	n.mu.Lock()
	had := len(n.ports)
	n.ports = slices.DeleteFunc(n.ports, func(port object) bool { return port["id"] == id })
	gone := len(n.ports) < had
	n.mu.Unlock()
	if !gone {
		neutronNotFound(w, "PortNotFound", "Port "+id+" could not be found.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
