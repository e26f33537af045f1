// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// build does the work for a new server after the API has answered: the
// conductor asks the scheduler to choose a host, and then asks the compute
// service there to build the server. The points hang under the API's, because
// the RPC messages carry the trace.
func (n *nova) build(ctx context.Context, s *server) {
	s.work.Lock()
	defer s.work.Unlock()
	n.service.cloud.wait(ctx, 5*time.Millisecond) // the message queue
	p := n.conductor
	_ = p.function(ctx, "rpc", "nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances", kwargsOf(s), func(ctx context.Context) error {
		err := n.scheduler.function(ctx, "rpc", "nova.scheduler.manager.SchedulerManager.select_destinations", kwargsOf(s), func(ctx context.Context) error {
			return n.schedule(ctx, s)
		})
		p.sql(ctx, "INSERT INTO instances (created_at, uuid, vm_state, task_state) VALUES (%(created_at)s, %(uuid)s, %(vm_state)s, %(task_state)s)",
			params{"uuid": s.id, "vm_state": "building", "task_state": "scheduling"})
		p.sql(ctx, "UPDATE instance_mappings SET cell_id=%(cell_id)s WHERE instance_mappings.instance_uuid = %(instance_uuid_1)s",
			params{"cell_id": 1, "instance_uuid_1": s.id})
		p.sql(ctx, "DELETE FROM build_requests WHERE build_requests.instance_uuid = %(instance_uuid_1)s",
			params{"instance_uuid_1": s.id})
		if err != nil {
			n.fail(ctx, s, err)
			return nil // the conductor records the error with the server
		}
		err = n.compute.function(ctx, "rpc", "nova.compute.manager.ComputeManager.build_and_run_instance", kwargsOf(s), func(ctx context.Context) error {
			return n.run(ctx, s)
		})
		if err != nil {
			n.fail(ctx, s, err)
		}
		return nil
	})
}

func kwargsOf(s *server) string { return fmt.Sprintf("{'instance': Instance(uuid=%s)}", s.id) }

func (n *nova) fail(ctx context.Context, s *server, err error) {
	n.conductor.sql(ctx, "INSERT INTO instance_faults (instance_uuid, code, message) VALUES (%(instance_uuid)s, %(code)s, %(message)s)",
		params{"instance_uuid": s.id, "code": 500, "message": err.Error()})
	n.update(s, func() { s.status, s.task, s.fault = "ERROR", "", err.Error() })
}

// schedule asks Placement for hosts and claims what the server needs on one.
func (n *nova) schedule(ctx context.Context, s *server) error {
	p, placement := n.scheduler, n.service.cloud.Endpoint("placement")
	var candidates struct {
		Requests []struct{ Allocations object } `json:"allocation_requests"`
	}
	needed := fmt.Sprintf("VCPU:%d,MEMORY_MB:%d,DISK_GB:%d", s.flavor.vcpus, s.flavor.ram, s.flavor.disk)
	_, err := p.do(ctx, call{method: http.MethodGet, url: placement + "/allocation_candidates?limit=1000&resources=" + needed, token: p.token}, &candidates)
	if err != nil {
		return err
	}
	if len(candidates.Requests) == 0 {
		return exception{"nova.exception.NoValidHost", "No valid host was found. There are not enough hosts available."}
	}
	p.sql(ctx, "SELECT compute_nodes.id, compute_nodes.host, compute_nodes.memory_mb FROM compute_nodes WHERE compute_nodes.deleted = 0 AND compute_nodes.uuid IN (%(uuid_1)s)",
		params{"uuid_1": hostID})
	n.service.cloud.wait(ctx, 20*time.Millisecond)
	_, err = p.do(ctx, call{
		method: http.MethodPut, url: placement + "/allocations/" + s.id, token: p.token,
		body: object{"allocations": candidates.Requests[0].Allocations, "project_id": projectID, "user_id": userID},
	}, nil)
	n.update(s, func() { s.scheduled = true })
	return err
}

// run does the work of the compute service. That has no database of its own,
// and asks the conductor to write for it.
func (n *nova) run(ctx context.Context, s *server) error {
	n.save(ctx, s, "networking")
	if s.connected() {
		err := n.compute.function(ctx, "neutron_api", "nova.network.neutron.API.allocate_for_instance", kwargsOf(s), func(ctx context.Context) error {
			return n.plug(ctx, s)
		})
		if err != nil {
			return err
		}
	}
	n.save(ctx, s, "spawning")
	n.service.cloud.wait(ctx, 300*time.Millisecond) // the hypervisor
	n.save(ctx, s, "")
	n.update(s, func() {
		s.status = "ACTIVE"
		if !s.deleting {
			s.task = ""
		}
	})
	return nil
}

// save asks the conductor to write a task state to the database.
func (n *nova) save(ctx context.Context, s *server, task string) {
	_ = n.conductor.function(ctx, "rpc", "nova.conductor.manager.ConductorManager.object_action", "{'objmethod': 'save'}", func(ctx context.Context) error {
		n.conductor.sql(ctx, "UPDATE instances SET updated_at=%(updated_at)s, task_state=%(task_state)s WHERE instances.uuid = %(uuid_1)s",
			params{"task_state": task, "uuid_1": s.id})
		return nil
	})
	n.update(s, func() {
		if !s.deleting {
			s.task = task
		}
	})
}

// plug makes a port on each of the server's networks, and takes the ports that
// the request named.
func (n *nova) plug(ctx context.Context, s *server) error {
	neutron := n.service.cloud.Endpoint("network") + "/v2.0"
	calls := []call{}
	for _, network := range s.networks {
		calls = append(calls, call{method: http.MethodPost, url: neutron + "/ports", body: object{"port": object{
			"network_id": network, "device_id": s.id, "device_owner": "compute:nova", "admin_state_up": true,
		}}})
	}
	for _, port := range s.ports {
		calls = append(calls, call{method: http.MethodPut, url: neutron + "/ports/" + port, body: object{"port": object{
			"device_id": s.id, "device_owner": "compute:nova",
		}}})
	}
	network := ""
	for _, c := range calls {
		var err error
		if network, err = n.bind(ctx, s, c); err != nil {
			return err
		}
	}
	_, err := n.compute.do(ctx, call{method: http.MethodGet, url: neutron + "/subnets?network_id=" + network, token: n.compute.token}, nil)
	return err
}

// bind makes or takes one port, and returns the port's network.
func (n *nova) bind(ctx context.Context, s *server, c call) (network string, err error) {
	var bound struct {
		Port struct {
			NetworkID  string `json:"network_id"`
			MACAddress string `json:"mac_address"`
			FixedIPs   []struct {
				IPAddress string `json:"ip_address"`
			} `json:"fixed_ips"`
		}
	}
	c.token = n.compute.token
	status, err := n.compute.do(ctx, c, &bound)
	if err != nil {
		return "", err
	}
	if status != http.StatusCreated && status != http.StatusOK {
		return "", exception{"nova.exception.PortBindingFailed", fmt.Sprintf("Neutron answered %d to a port.", status)}
	}
	name := s.named[bound.Port.NetworkID]
	n.update(s, func() {
		for _, ip := range bound.Port.FixedIPs {
			s.addresses[name] = append(s.addresses[name], object{
				"addr": ip.IPAddress, "version": 4, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": bound.Port.MACAddress,
			})
		}
	})
	return bound.Port.NetworkID, nil
}

// terminate does the work for a server that is deleted, after it is built. A
// server that never got a host is only a record, and the API deletes it itself.
func (n *nova) terminate(ctx context.Context, s *server) {
	s.work.Lock()
	defer s.work.Unlock()
	defer n.forget(s)
	if !s.scheduled {
		n.destroy(ctx, n.service.process, s)
		return
	}
	n.service.cloud.wait(ctx, 5*time.Millisecond)
	_ = n.compute.function(ctx, "rpc", "nova.compute.manager.ComputeManager.terminate_instance", kwargsOf(s), func(ctx context.Context) error {
		n.service.cloud.wait(ctx, 80*time.Millisecond)
		if s.connected() {
			err := n.compute.function(ctx, "neutron_api", "nova.network.neutron.API.deallocate_for_instance", kwargsOf(s), func(ctx context.Context) error {
				return n.unplug(ctx, s)
			})
			if err != nil {
				return err
			}
		}
		_ = n.conductor.function(ctx, "rpc", "nova.conductor.manager.ConductorManager.object_action", "{'objmethod': 'destroy'}", func(ctx context.Context) error {
			n.destroy(ctx, n.conductor, s)
			return nil
		})
		_, err := n.compute.do(ctx, call{
			method: http.MethodDelete, url: n.service.cloud.Endpoint("placement") + "/allocations/" + s.id, token: n.compute.token,
		}, nil)
		return err
	})
}

func (n *nova) destroy(ctx context.Context, p *process, s *server) {
	p.sql(ctx, "UPDATE instances SET deleted_at=%(deleted_at)s, deleted=instances.id WHERE instances.uuid = %(uuid_1)s",
		params{"uuid_1": s.id})
}

// unplug deletes the server's ports, except those that the request named, which
// it releases.
func (n *nova) unplug(ctx context.Context, s *server) error {
	p, neutron := n.compute, n.service.cloud.Endpoint("network")+"/v2.0"
	var found struct{ Ports []struct{ ID string } }
	_, err := p.do(ctx, call{method: http.MethodGet, url: neutron + "/ports?device_id=" + s.id, token: p.token}, &found)
	if err != nil {
		return err
	}
	for _, port := range found.Ports {
		c := call{method: http.MethodDelete, url: neutron + "/ports/" + port.ID, token: p.token}
		if slices.Contains(s.ports, port.ID) {
			c.method, c.body = http.MethodPut, object{"port": object{"device_id": "", "device_owner": ""}}
		}
		if _, err := p.do(ctx, c, nil); err != nil {
			return err
		}
	}
	return nil
}
