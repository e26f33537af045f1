// SPDX-License-Identifier: Apache-2.0

package points_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

const (
	conductor = "nova.conductor.manager.ConductorManager.object_action"
	server1   = "11111111-0000-4000-8000-000000000001"
	server2   = "22222222-0000-4000-8000-000000000002"
)

// traceOf makes a trace of points. Each point is a line with its id, its
// parent's id, its name, its service, its start and stop in seconds, its
// function, and the function's arguments. A service is "project-service", with
// "@host" behind it if it is not on the first host. For a stop "-" means that
// there is none. A point of the service "program" is a span that a program
// stored.
func traceOf(t testing.TB, text string) *points.Trace {
	t.Helper()
	var list []points.Notification
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 8)
		if len(f) < 6 {
			continue
		}
		f = append(f, make([]string, 8-len(f))...)
		service, host, _ := strings.Cut(f[3], "@")
		project, service, _ := strings.Cut(service, "-")
		for i, half := range []string{"-start", "-stop"} {
			if f[4+i] == "-" {
				continue
			}
			at, err := strconv.ParseFloat(f[4+i], 64)
			if err != nil {
				t.Fatal(err)
			}
			info := fmt.Sprintf(`{"function": {"name": %q, "kwargs": %q}}`, f[6], f[7])
			if i == 1 {
				info = `{}`
				if f[7] == "fails" {
					info = `{"etype": "Boom"}`
				}
			}
			if f[3] == "program" {
				info = `{"opentelemetry": {"name": "GET"}}`
			}
			parent := f[1]
			if parent == "base" {
				parent = base
			}
			list = append(list, points.Notification{
				Name: f[2] + half, BaseID: base, TraceID: f[0], ParentID: parent, Project: project, Service: service, Host: host,
				Timestamp: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC).Add(time.Duration(at * float64(time.Second))),
				Payload:   []byte(`{"info": ` + info + `}`),
			})
		}
	}
	tr, err := points.NewTrace(base, sequence(list))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// create is a request that creates a server, as a cloud stores it whose threads
// keep no trace. The API answers after one second, and the rest is done after
// three.
const create = `
	api base wsgi nova-osapi_compute 0 1
	create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create
	task create rpc nova-conductor 1 2 nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances
	send task rpc nova-conductor 1.5 1.6 nova.compute.rpcapi.ComputeAPI.build_and_run_instance
	build send rpc nova-nova_compute 1.6 1.7 nova.compute.manager.ComputeManager.build_and_run_instance {'instance': ` + server1 + `}
	save build rpc nova-conductor 1.8 3 ` + conductor + ` {'objinst': Instance(host=None,uuid=` + server1 + `)
`

func TestStrangers(t *testing.T) {
	for name, test := range map[string]struct {
		points, want string
		after        time.Duration
	}{
		"a trace without anything": {"", "", 0},
		"a whole trace":            {create, "", 0},

		// These must not be taken for strangers.
		"a client that waits for 1, 5 and 10 minutes": {create + `
			a base wsgi nova-osapi_compute 63 64
			b base wsgi nova-osapi_compute 364 365
			c b db nova-osapi_compute 364.1 364.2
			d base wsgi nova-osapi_compute 965 966
			e d rpc nova-osapi_compute 965.1 965.2 nova.compute.rpcapi.ComputeAPI.terminate_instance
			f e rpc nova-nova_compute 965.9 969
			g f db nova-nova_compute 965.9 969`, "", 0},
		"a client that waits, and whose spans are not stored": {create + `
			a 77777777-0000-4000-8000-000000000007 wsgi nova-osapi_compute 603 604`, "", 0},
		"a client that waits, and whose spans are stored": {create + `
			root base internal program 0 700
			get root http program 603 604
			a get wsgi nova-osapi_compute 603.1 603.9`, "", 0},
		"a client that waits, whose spans are stored when they begin": {create + `
			root base internal program 0 0.1
			get root http program 603 604
			a get wsgi nova-osapi_compute 603.1 603.9`, "", 0},
		"a Python program with points of its own": {create + `
			a base step rally-rally 63 64
			b a wsgi nova-osapi_compute 63.1 63.9`, "", 0},
		"a thread that keeps this trace and works for its next request": {create + `
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.8 63.9 nova.compute.rpcapi.ComputeAPI.terminate_instance
			c send rpc nova-nova_compute 65 67 nova.compute.manager.ComputeManager.terminate_instance
			d create rpc nova-conductor 68 69 ` + conductor, "", 0},
		"a message that waits in a queue for five minutes": {`
			api base wsgi nova-osapi_compute 0 1
			create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create
			task create rpc nova-conductor 301 302 nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances
			below task db nova-conductor 301 301.5
			more task db nova-conductor 303 303.5`, "", 0},
		"a worker that is silent for five minutes": {create + `
			a build rpc nova-conductor 303 304 ` + conductor + ` {'objinst': Instance(host='vm',uuid=` + server1 + `)
			b build neutron_api nova-nova_compute 305 306
			c b wsgi neutron-server 305.1 305.9`, "", 0},
		"a worker that is silent for five minutes, for a part of its server": {create + `
			a build rpc nova-conductor 303 304 ` + conductor + ` {'objinst': Migration(id=1,instance_uuid=` + server1 + `)`, "", 0},
		"a worker that is silent for five minutes, and calls a method": {create + `
			a build rpc nova-conductor 303 304 nova.conductor.manager.ConductorManager.object_class_action_versions {'objname': 'TagList', 'objmethod': 'get_by_instance_uuid', 'args': ['` + server1 + `']}
			b build rpc nova-conductor 305 306 nova.conductor.manager.ConductorManager.object_class_action_versions {'objname': 'BlockDeviceMapping', 'objmethod': 'get_by_volume', 'args': ['` + server2 + `']}`, "", 0},
		"a worker that looks every five seconds": {create + `
			a build cinder_api nova-nova_compute 8 8.1
			b build cinder_api nova-nova_compute 13 13.1
			c b wsgi cinder-api 13 13.1
			d build rpc nova-conductor 18 18.1 ` + conductor, "", 0},
		"a second host that answers late": {create + `
			cast api rpc nova-osapi_compute 0.5 0.6 nova.scheduler.rpcapi.SchedulerAPI.update_aggregates
			a cast rpc nova-scheduler@one 0.7 0.8
			b cast rpc nova-scheduler@two 60 61`, "", 0},
		"a Go service that works on when it has answered": {`
			api base wsgi program 0 1
			a api internal program 60 61
			b a wsgi nova-osapi_compute 60.1 60.9`, "", 0},
		"a request that has not ended": {create + `
			open build rpc nova-conductor 2 - ` + conductor + `
			a create rpc nova-conductor 60 61 ` + conductor + ` {'objinst': Service(id=1)`, "", 0},
		"shortly after the end": {create + `
			a create rpc nova-conductor 4.9 5 ` + conductor, "", 0},
		"points without a parent, which may be the first answer": {create + `
			a lost rpc nova-conductor 60 61 ` + conductor, "", 0},

		// A thread that keeps the trace writes these.
		"a thread of the conductor": {create + `
			a create rpc nova-conductor 37.5 38 ` + conductor + `
			b a db nova-conductor 37.6 37.7
			c a rpc nova-conductor 37.8 37.9 nova.compute.rpcapi.ComputeAPI.build_and_run_instance
			d c rpc nova-nova_compute 39 40
			e d wsgi neutron-server 39.1 39.2
			f create rpc nova-conductor 100 101 ` + conductor, "a b c d e f", 34500 * time.Millisecond},
		"a thread of nova-compute": {create + `
			a send rpc nova-nova_compute 60 61 nova.compute.manager.ComputeManager.terminate_instance
			b build neutron_api nova-nova_compute 50 51`, "a b", 47 * time.Second},
		"a thread that works for the API": {create + `
			a create db nova-osapi_compute 60 61
			b a db nova-osapi_compute 60.1 60.2`, "a b", 57 * time.Second},
		"a heartbeat": {create + `
			a build rpc nova-conductor 13 14 ` + conductor + ` {'objinst': Service(id=1,host='vm')`, "a", 10 * time.Second},
		"work for another server": {create + `
			a build rpc nova-conductor 13 14 ` + conductor + ` {'objinst': Instance(host=None,uuid=` + server2 + `,vm_state=None)`, "a", 10 * time.Second},
		"work for a part of another server": {create + `
			a build rpc nova-conductor 13 14 ` + conductor + ` {'objinst': VirtualInterface(instance_uuid=` + server2 + `,uuid=` + server1 + `)`, "a", 10 * time.Second},
		"work for another server, by a method": {create + `
			a build rpc nova-conductor 13 14 nova.conductor.manager.ConductorManager.object_class_action_versions {'objname': 'InstanceActionEvent', 'args': ['` + server2 + `', 'x']}
			b build rpc nova-conductor 15 16 nova.conductor.manager.ConductorManager.object_class_action_versions {'objname': 'TagList', 'objmethod': 'get_by_instance_uuid', 'args': ['` + server1 + `']}`,
			"a b", 10 * time.Second},
		"points without a parent": {create + `
			a lost rpc nova-conductor 2 2.1 ` + conductor + `
			b lost rpc nova-conductor 60 61 ` + conductor + ` {'objinst': Service(id=1)`, "b", 57 * time.Second},
		"below other strangers": {create + `
			a build rpc nova-conductor 60 61 ` + conductor + `
			b a rpc nova-conductor 60.1 60.2 nova.scheduler.rpcapi.SchedulerAPI.select_destinations
			c b rpc nova-scheduler 60.2 60.3
			d b rpc nova-scheduler 70 71`, "a b c d", 57 * time.Second},
		"beside what is late, and the trace's own": {`
			api base wsgi nova-osapi_compute 0 1
			create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create
			task create rpc nova-conductor 301 302 nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances
			below task db nova-conductor 301 301.5
			root base internal program 400 401
			get root http program 410 411
			step base step rally-rally 420 421
			more base step rally-rally 424 425
			list step wsgi nova-osapi_compute 430 431
			span lost internal program 440 441
			next span wsgi nova-osapi_compute 450 451
			z task rpc nova-conductor 500 501 ` + conductor + ` {'objinst': Service(id=1)`, "z", 49 * time.Second},
		"between two requests of the trace": {create + `
			a create rpc nova-conductor 60 61 ` + conductor + `
			b base wsgi nova-osapi_compute 90 91
			c a db nova-conductor 90.5 90.6
			d create rpc nova-conductor 94 95 ` + conductor, "a c d", 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			tr := traceOf(t, test.points)
			f := tr.Findings()
			if got := strings.Join(ids(f.Strangers), " "); got != test.want || f.Gap != test.after {
				t.Errorf("strangers are %q after %s, want %q after %s", got, f.Gap, test.want, test.after)
			}
			rest := tr.Without(f.Strangers)
			if rest.Len() != tr.Len()-len(f.Strangers) || len(rest.Findings().Strangers) > 0 {
				t.Errorf("without them, it is %d points of %d", rest.Len(), tr.Len())
			}
		})
	}
}

func TestUnanswered(t *testing.T) {
	for name, test := range map[string]struct{ points, want string }{
		"a whole trace": {create, ""},
		"at the API": {`
			api base wsgi nova-osapi_compute 0 1
			create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create
			db create db nova-osapi_compute 0.1 0.2
			net create wsgi neutron-server 0.3 0.4`, "create"},
		"at the conductor": {`
			api base wsgi nova-osapi_compute 0 1
			create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create
			task create rpc nova-conductor 1 2 nova.conductor.manager.ComputeTaskManager.schedule_and_build_instances
			send task rpc nova-conductor 1.5 1.6 nova.compute.rpcapi.ComputeAPI.build_and_run_instance
			client send rpc nova-conductor 1.5 1.6 nova.compute.rpcapi.ComputeAPI.get_client`, "send"},
		"a request that failed": {`
			api base wsgi nova-osapi_compute 0 1
			create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create fails`, ""},
		"answered below an earlier parent": {create + `
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.8 63.9 nova.compute.rpcapi.ComputeAPI.terminate_instance
			c send rpc nova-nova_compute 65 67 nova.compute.manager.ComputeManager.terminate_instance`, ""},
		"two messages, of which a thread that kept the first one's trace answers both": {create + `
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.1 63.2 nova.compute.rpcapi.ComputeAPI.terminate_instance
			c a rpc nova-osapi_compute 63.3 63.4 nova.compute.rpcapi.ComputeAPI.terminate_instance
			d b rpc nova-nova_compute 65 66 nova.compute.manager.ComputeManager.terminate_instance
			e b rpc nova-nova_compute 66 67 nova.compute.manager.ComputeManager.terminate_instance`, ""},
		"the later of two messages is answered": {create + `
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.1 63.2 nova.compute.rpcapi.ComputeAPI.terminate_instance
			c a rpc nova-osapi_compute 63.3 63.4 nova.compute.rpcapi.ComputeAPI.terminate_instance
			d c rpc nova-nova_compute 65 66 nova.compute.manager.ComputeManager.terminate_instance`, "b"},
		"answered earlier by something else": {create + `
			x send rpc nova-nova_compute 2 3 nova.compute.manager.ComputeManager.terminate_instance
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.8 63.9 nova.compute.rpcapi.ComputeAPI.terminate_instance`, "b"},
		"answered by a stranger": {create + `
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.8 63.9 nova.compute.rpcapi.ComputeAPI.terminate_instance
			c send rpc nova-nova_compute 80 81 nova.compute.manager.ComputeManager.terminate_instance`, "b"},
		"what sends nothing": {create + `
			a base wsgi nova-osapi_compute 63 64
			b a rpc nova-osapi_compute 63.8 63.9 nova.compute.rpcapi.ComputeAPI.supports_numa_live_migration
			c a compute_api nova-osapi_compute 63.8 63.9 nova.compute.api.API.get`, ""},
		"another project's": {`
			api base wsgi cinder-api 0 1
			send api rpc cinder-api 0.1 0.9 cinder.scheduler.rpcapi.SchedulerAPI.create_volume`, "send"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(ids(traceOf(t, test.points).Findings().Unanswered), " "); got != test.want {
				t.Errorf("nobody has answered %q, want %q", got, test.want)
			}
		})
	}
}

func TestNotesOfFindings(t *testing.T) {
	var text strings.Builder
	text.WriteString(create)
	for i := range 1234 {
		fmt.Fprintf(&text, "\ns%d create rpc nova-conductor %f %f %s", i, 37.9+float64(i), 38.1+float64(i), conductor)
	}
	strangers := text.String()
	for want, text := range map[string]string{
		"1,234 of 1,240 points began 34 s and more after the request had ended, and belong to other requests: the cloud's worker threads " +
			"keep the first trace that they see; in Nova's configuration, concurrency_backend = eventlet makes traces whole again (docs/openstack.md).": strangers,
		"1 of 7 points began 2 min and more after the request had ended, and belong to other requests: the cloud's worker threads " +
			"keep the first trace that they see; in Nova's configuration, concurrency_backend = eventlet makes traces whole again (docs/openstack.md).": create + "a create rpc nova-conductor 170 171 " + conductor,
		"The trace stops at the API: nobody has answered 2 RPC calls or casts in it (nova-osapi_compute create, nova-osapi_compute terminate_instance). " +
			"If the work was done, the cloud's worker threads have kept traces that they saw before; " +
			"in Nova's configuration, concurrency_backend = eventlet makes traces whole again (docs/openstack.md).": `
			api base wsgi nova-osapi_compute 0 1
			create api compute_api nova-osapi_compute 0.1 0.9 nova.compute.api.API.create
			send api rpc nova-osapi_compute 0.1 0.9 nova.compute.rpcapi.ComputeAPI.terminate_instance`,
		"The trace stops in cinder-scheduler: nobody has answered 1 RPC call or cast in it (cinder-scheduler create_volume). " +
			"If the work was done, the cloud's worker threads have kept traces that they saw before; " +
			"in Nova's configuration, concurrency_backend = eventlet makes traces whole again (docs/openstack.md).": `
			api base wsgi cinder-api 0 1
			first api rpc cinder-api 0.1 0.9 cinder.scheduler.rpcapi.SchedulerAPI.create_volume
			task first rpc cinder-scheduler 1 2 cinder.scheduler.manager.SchedulerManager.create_volume
			second task rpc cinder-scheduler 1 2 cinder.volume.rpcapi.VolumeAPI.create_volume`,
	} {
		if notes := traceOf(t, text).Findings().Notes(); !slices.Equal(notes, []string{want}) {
			t.Errorf("got  %q\nwant %q", notes, want)
		}
	}
	if notes := traceOf(t, create).Findings().Notes(); len(notes) > 0 {
		t.Errorf("of a sound trace: %q", notes)
	}
}
