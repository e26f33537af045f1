// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// server is an instance. Nova's lock guards its record. The goroutine that
// builds or deletes it holds work.
type server struct {
	id, name  string
	image     string
	flavor    flavor
	networks  []string          // the ids of the networks in the request
	ports     []string          // the ids of the ports in the request
	named     map[string]string // the names of its networks, by id
	keyName   string
	metadata  map[string]string
	created   time.Time
	updated   time.Time
	status    string
	task      string // empty for none
	scheduled bool
	fault     string
	addresses map[string][]object // by the name of the network
	deleting  bool

	work sync.Mutex
}

type serverRequest struct {
	Server struct {
		Name      string            `json:"name"`
		ImageRef  string            `json:"imageRef"`
		FlavorRef string            `json:"flavorRef"`
		KeyName   string            `json:"key_name"`
		Metadata  map[string]string `json:"metadata"`
		Networks  json.RawMessage   `json:"networks"`
	} `json:"server"`
}

// errorAnswer is an error with which the API answers a request.
type errorAnswer struct {
	exception
	status int
}

func refuse(status int, class, message string) error {
	return errorAnswer{exception{"nova.exception." + class, message}, status}
}

// Unwrap returns the exception, for its class.
func (e errorAnswer) Unwrap() error { return e.exception }

// refused answers with err and reports whether there was one.
func refused(w http.ResponseWriter, err error) bool {
	if err == nil {
		return false
	}
	var answer errorAnswer
	if !errors.As(err, &answer) {
		answer = errorAnswer{exception{message: "Unexpected API Error. " + err.Error()}, http.StatusInternalServerError}
	}
	novaError(w, answer.status, answer.message)
	return true
}

func (n *nova) createServer(w http.ResponseWriter, r *http.Request) {
	var given serverRequest
	if !readJSON(r, &given) || given.Server.Name == "" {
		novaError(w, http.StatusBadRequest, "Invalid input for field/attribute server: a name is needed.")
		return
	}
	f, ok := n.findFlavor(r, path.Base(given.Server.FlavorRef)) // an id or a URL
	if !ok {
		novaError(w, http.StatusBadRequest, "Flavor "+given.Server.FlavorRef+" could not be found.")
		return
	}
	minor, _ := microversion(r)
	networks, ports, err := askedNetworks(given.Server.Networks, minor)
	if refused(w, err) {
		return
	}
	now := time.Now().UTC()
	s := &server{
		id: newUUID(), name: given.Server.Name, image: path.Base(given.Server.ImageRef), flavor: f, networks: networks, ports: ports,
		named: map[string]string{}, addresses: map[string][]object{}, keyName: given.Server.KeyName, metadata: given.Server.Metadata,
		created: now, updated: now, status: "BUILD", task: "scheduling",
	}
	p := n.service.process
	err = p.function(r.Context(), "compute_api", "nova.compute.api.API.create", "{'requested_hypervisor_hostname': None}", func(ctx context.Context) error {
		if err := n.acceptServer(ctx, s); err != nil {
			return err
		}
		if !n.service.cloud.later(ctx, func(ctx context.Context) { n.build(ctx, s) }) {
			n.forget(s)
			return refuse(http.StatusServiceUnavailable, "ServiceUnavailable", "The cloud is shutting down.")
		}
		return nil
	})
	if refused(w, err) {
		return
	}
	w.Header().Set("Location", n.links("servers", s.id)[0].Href)
	writeJSON(w, http.StatusAccepted, object{"server": object{
		"id":                s.id,
		"links":             n.links("servers", s.id),
		"OS-DCF:diskConfig": "MANUAL",
		"security_groups":   []object{{"name": "default"}},
		"adminPass":         "simulated",
	}})
}

// askedNetworks reads the member "networks" of a request: a list of networks
// and ports or, from 2.37 on, "auto" or "none".
func askedNetworks(asked json.RawMessage, minor int) (networks, ports []string, err error) {
	if len(asked) == 0 {
		if minor >= 37 {
			return nil, nil, refuse(http.StatusBadRequest, "ValidationError", "Invalid input for field/attribute server. 'networks' is a required property")
		}
		return []string{networkID}, nil, nil
	}
	var word string
	if json.Unmarshal(asked, &word) == nil && minor >= 37 {
		switch word {
		case "auto":
			return []string{networkID}, nil, nil
		case "none":
			return nil, nil, nil
		}
	}
	var list []struct{ UUID, Port string }
	if json.Unmarshal(asked, &list) != nil {
		return nil, nil, refuse(http.StatusBadRequest, "ValidationError", "Invalid input for field/attribute networks. "+string(asked)+" is not valid.")
	}
	for _, one := range list {
		switch {
		case one.Port != "":
			ports = append(ports, one.Port)
		case one.UUID != "":
			networks = append(networks, one.UUID)
		default:
			return nil, nil, refuse(http.StatusBadRequest, "ValidationError", "Invalid input for field/attribute networks. A uuid is needed.")
		}
	}
	return networks, ports, nil
}

// acceptServer does the API's work before the answer: it checks the image, the
// networks and the quota, and writes the server to the database.
func (n *nova) acceptServer(ctx context.Context, s *server) error {
	p, cloud := n.service.process, n.service.cloud
	token := requestOf(ctx).token
	status, err := p.do(ctx, call{method: http.MethodGet, url: cloud.Endpoint("image") + "/v2/images/" + url.PathEscape(s.image), token: token}, nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return refuse(http.StatusBadRequest, "ImageNotFound", "Can not find requested image")
	}
	if s.connected() {
		err := p.function(ctx, "neutron_api", "nova.network.neutron.API.validate_networks", "{}", func(ctx context.Context) error {
			return n.validateNetworks(ctx, s, token)
		})
		if err != nil {
			return err
		}
	}
	p.sql(ctx, "SELECT count(instance_mappings.id) AS count_1 FROM instance_mappings WHERE instance_mappings.project_id = %(project_id_1)s",
		params{"project_id_1": projectID})

	n.mu.Lock()
	used, quota := len(n.servers), n.quota
	if used < quota {
		n.servers = append(n.servers, s)
	}
	n.mu.Unlock()
	if used >= quota {
		return refuse(http.StatusForbidden, "TooManyInstances",
			fmt.Sprintf("Quota exceeded for instances: Requested 1, but already used %d of %d instances", used, quota))
	}
	p.sql(ctx, "INSERT INTO request_specs (instance_uuid, spec) VALUES (%(instance_uuid)s, %(spec)s)", params{"instance_uuid": s.id})
	p.sql(ctx, "INSERT INTO build_requests (instance_uuid, project_id) VALUES (%(instance_uuid)s, %(project_id)s)", params{"instance_uuid": s.id, "project_id": projectID})
	p.sql(ctx, "INSERT INTO instance_mappings (instance_uuid, project_id) VALUES (%(instance_uuid)s, %(project_id)s)", params{"instance_uuid": s.id, "project_id": projectID})
	return nil
}

// connected reports whether the server is to be on a network.
func (s *server) connected() bool { return len(s.networks)+len(s.ports) > 0 }

func (n *nova) validateNetworks(ctx context.Context, s *server, token string) error {
	p, neutron := n.service.process, n.service.cloud.Endpoint("network")+"/v2.0"
	ids := slices.Clone(s.networks)
	for _, port := range s.ports {
		var found struct {
			Port struct {
				NetworkID string `json:"network_id"`
				DeviceID  string `json:"device_id"`
			}
		}
		status, err := p.do(ctx, call{method: http.MethodGet, url: neutron + "/ports/" + url.PathEscape(port), token: token}, &found)
		switch {
		case err != nil:
			return err
		case status != http.StatusOK:
			return refuse(http.StatusBadRequest, "PortNotFound", "Port "+port+" could not be found.")
		case found.Port.DeviceID != "":
			return refuse(http.StatusConflict, "PortInUse", "Port "+port+" is still in use.")
		}
		ids = append(ids, found.Port.NetworkID)
	}
	var found struct{ Networks []struct{ ID, Name string } }
	if _, err := p.do(ctx, call{method: http.MethodGet, url: neutron + "/networks?" + url.Values{"id": ids}.Encode(), token: token}, &found); err != nil {
		return err
	}
	for _, network := range found.Networks {
		s.named[network.ID] = network.Name
	}
	for _, id := range ids {
		if _, ok := s.named[id]; !ok {
			return refuse(http.StatusBadRequest, "NetworkNotFound", "Network "+id+" could not be found.")
		}
	}
	return nil
}

func (n *nova) listServers(w http.ResponseWriter, r *http.Request) {
	n.service.process.sql(r.Context(), "SELECT instances.created_at, instances.uuid, instances.vm_state FROM instances WHERE instances.deleted = 0 AND instances.project_id = %(project_id_1)s ORDER BY instances.created_at DESC",
		params{"project_id_1": projectID})
	minor, _ := microversion(r)
	name, err := regexp.Compile(r.URL.Query().Get("name")) // the real service uses the database's REGEXP
	if err != nil {
		novaError(w, http.StatusBadRequest, "Invalid input for query parameter name.")
		return
	}
	list := []object{}
	n.mu.Lock()
	for _, s := range slices.Backward(n.servers) {
		switch {
		case !name.MatchString(s.name):
		case strings.HasSuffix(r.URL.Path, "/detail"):
			list = append(list, n.describe(s, minor))
		default:
			list = append(list, object{"id": s.id, "name": s.name, "links": n.links("servers", s.id)})
		}
	}
	n.mu.Unlock()
	writeJSON(w, http.StatusOK, object{"servers": list})
}

func (n *nova) showServer(w http.ResponseWriter, r *http.Request) {
	id, p := r.PathValue("id"), n.service.process
	minor, _ := microversion(r)
	var described object
	err := p.function(r.Context(), "compute_api", "nova.compute.api.API.get", "{'expected_attrs': ['flavor', 'info_cache', 'metadata']}", func(ctx context.Context) error {
		p.sql(ctx, "SELECT instance_mappings.instance_uuid, instance_mappings.cell_id FROM instance_mappings WHERE instance_mappings.instance_uuid = %(instance_uuid_1)s",
			params{"instance_uuid_1": id})
		s := n.server(id)
		if s == nil {
			return serverNotFound(id)
		}
		p.sql(ctx, "SELECT instances.created_at, instances.uuid, instances.vm_state FROM instances WHERE instances.deleted = 0 AND instances.uuid = %(uuid_1)s",
			params{"uuid_1": id})
		n.mu.Lock()
		defer n.mu.Unlock()
		described = n.describe(s, minor)
		return nil
	})
	if !refused(w, err) {
		writeJSON(w, http.StatusOK, object{"server": described})
	}
}

func serverNotFound(id string) error {
	return refuse(http.StatusNotFound, "InstanceNotFound", "Instance "+id+" could not be found.")
}

func (n *nova) deleteServer(w http.ResponseWriter, r *http.Request) {
	id, p := r.PathValue("id"), n.service.process
	s := n.server(id)
	if s == nil {
		refused(w, serverNotFound(id))
		return
	}
	err := p.function(r.Context(), "compute_api", "nova.compute.api.API.delete", "{}", func(ctx context.Context) error {
		p.sql(ctx, "UPDATE instances SET updated_at=%(updated_at)s, task_state=%(task_state)s WHERE instances.uuid = %(uuid_1)s",
			params{"task_state": "deleting", "uuid_1": id})
		n.mu.Lock()
		already := s.deleting
		s.deleting, s.task = true, "deleting"
		n.mu.Unlock()
		if !already && !n.service.cloud.later(ctx, func(ctx context.Context) { n.terminate(ctx, s) }) {
			return refuse(http.StatusServiceUnavailable, "ServiceUnavailable", "The cloud is shutting down.")
		}
		return nil
	})
	if !refused(w, err) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// server returns the server with an id, or nil.
func (n *nova) server(id string) *server {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.servers {
		if s.id == id {
			return s
		}
	}
	return nil
}

func (n *nova) serverNames() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	names := []string{}
	for _, s := range n.servers {
		names = append(names, s.name)
	}
	return names
}

func (n *nova) forget(s *server) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.servers = slices.DeleteFunc(n.servers, func(other *server) bool { return other == s })
}

// update changes a server's record.
func (n *nova) update(s *server, change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
	s.updated = time.Now().UTC()
}

// describe returns the API's JSON object for a server. The caller holds the
// lock.
func (n *nova) describe(s *server, minor int) object {
	described := object{
		"id":                                   s.id,
		"name":                                 s.name,
		"status":                               s.status,
		"tenant_id":                            projectID,
		"user_id":                              userID,
		"metadata":                             s.metadata,
		"hostId":                               "",
		"image":                                object{"id": s.image, "links": n.links("images", s.image)[1:]},
		"created":                              s.created.Format(time.RFC3339),
		"updated":                              s.updated.Format(time.RFC3339),
		"addresses":                            object{},
		"accessIPv4":                           "",
		"accessIPv6":                           "",
		"links":                                n.links("servers", s.id),
		"OS-DCF:diskConfig":                    "MANUAL",
		"OS-EXT-AZ:availability_zone":          "nova",
		"config_drive":                         "",
		"key_name":                             nil,
		"OS-SRV-USG:launched_at":               nil,
		"OS-SRV-USG:terminated_at":             nil,
		"OS-EXT-STS:task_state":                nil,
		"OS-EXT-STS:vm_state":                  map[string]string{"BUILD": "building", "ACTIVE": "active", "ERROR": "error"}[s.status],
		"OS-EXT-STS:power_state":               0,
		"os-extended-volumes:volumes_attached": []object{},
	}
	if s.metadata == nil {
		described["metadata"] = object{}
	}
	if s.keyName != "" {
		described["key_name"] = s.keyName
	}
	if s.task != "" {
		described["OS-EXT-STS:task_state"] = s.task
	}
	if s.status == "ACTIVE" {
		described["progress"] = 100
		described["hostId"] = strings.ReplaceAll(hostID, "-", "")
		described["OS-EXT-SRV-ATTR:host"] = hostName
		described["OS-EXT-STS:power_state"] = 1
		described["OS-SRV-USG:launched_at"] = s.updated.Format("2006-01-02T15:04:05.000000")
		described["security_groups"] = []object{{"name": "default"}}
	}
	if len(s.addresses) > 0 {
		described["addresses"] = maps.Clone(s.addresses)
	}
	if s.fault != "" {
		described["fault"] = object{"code": 500, "message": s.fault, "created": s.updated.Format(time.RFC3339)}
	}
	if minor >= 47 {
		described["flavor"] = object{
			"original_name": s.flavor.name, "vcpus": s.flavor.vcpus, "ram": s.flavor.ram, "disk": s.flavor.disk,
			"ephemeral": 0, "swap": 0, "extra_specs": object{},
		}
	} else {
		described["flavor"] = object{"id": s.flavor.id, "links": n.links("flavors", s.flavor.id)[1:]}
	}
	return described
}
