// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

// KWARGS has the server of a call, and nothing else.
func TestKwargs(t *testing.T) {
	const (
		conductor = "nova.conductor.manager.ConductorManager."
		first     = "00000000-0000-4000-8000-000000000000"
		second    = "00000000-0000-4000-8000-000000000001"
		other     = "9c7a4b1e-93f4-4c55-8d0a-aaaabbbbcccc"
	)
	call := func(name, args, kwargs string) (i info) {
		i.Function.Name, i.Function.Args, i.Function.Kwargs = name, args, kwargs
		return i
	}
	calls := []struct {
		info info
		want string
	}{
		{call("f", "", "{'instance': Instance(host='x',uuid="+guest+",vm_state='active')}"), first},
		{call("g", "", "{'a': Instance(id=2,uuid="+other+"), 'b': Instance(id=1,uuid="+guest+")}"), second + " " + first},
		{call("h", "('"+api+"', '"+guest+"', '"+guest+"')", ""), first},
		{call("i", "('"+api+"',)", ""), ""},
		{call(conductor+"object_action", "", "{'objinst': Instance(host='x',uuid="+guest+",vm_state='active')}"), "{'objinst': Instance(,uuid=" + first + ")"},
		{call(conductor+"object_action", "", "{'objinst': BlockDeviceMapping(id=1,instance_uuid="+other+",uuid="+api+")}"), "{'objinst': BlockDeviceMapping(instance_uuid=" + second + ")"},
		{call(conductor+"object_action", "", "{'objinst': Service(id=1,uuid="+api+")}"), "{'objinst': Service()"},
		{call(conductor+"object_action", "", "{'objinst': InstanceList(objects=[Instance(id=1,uuid="+guest+")])}"), "{'objinst': InstanceList()"},
		{call(conductor+"object_class_action_versions", "", "{'objname': 'InstanceActionEvent', 'objmethod': 'event_start', 'object_versions': {'x': '1'}, 'args': ['"+guest+"', 'y'], 'kwargs': {}}"),
			"{'objname': 'InstanceActionEvent', 'objmethod': 'event_start', 'args': ['" + first + "']"},
		{call(conductor+"object_class_action_versions", "", "{'objname': 'Service', 'objmethod': 'get', 'args': [], 'kwargs': {'uuid': '"+guest+"'}}"), ""},
	}
	var infos []info
	for _, c := range calls {
		infos = append(infos, c.info)
	}
	servers := numberServers(infos)
	if len(servers) != 2 {
		t.Errorf("the servers are %v", servers)
	}
	for _, c := range calls {
		if got := servers.kwargs(c.info); got != c.want {
			t.Errorf("%s%s: %s, want %s", c.info.Function.Args, c.info.Function.Kwargs, got, c.want)
		}
	}
}
