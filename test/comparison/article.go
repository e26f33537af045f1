// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// articleSteps are the commands of the article's scenario, perf-test.sh in
// https://github.com/vyzigold/openstack-tracing-perftest, as far as this cloud has the
// services: it has no router and no floating IP. The flavor is the cloud's. NAME is
// the name of everything that is created, and LISTS stands for several list calls, with which
// the article's scenario waits for its server.
var articleSteps = []string{
	"image create --container-format bare --disk-format raw --file FILE NAME",
	"flavor show m1.nano",
	"network create NAME",
	"subnet create NAME --subnet-range 192.0.2.0/26 --network NAME",
	"security group create NAME",
	"security group rule create NAME --protocol icmp --ingress",
	"security group rule create NAME --protocol tcp --ingress --dst-port 22",
	"compute service list",
	"network agent list",
	"server create --flavor m1.nano --image NAME --network NAME --security-group NAME NAME",
	"LISTS",
	"LISTS",
	"server list",
	"server delete --wait NAME",
	"security group delete NAME",
	"subnet delete NAME",
	"network delete NAME",
	"image delete NAME",
}

// articleLists are what LISTS stands for, without floating IPs and routers.
var articleLists = []string{"server list", "security group list", "subnet list", "network list", "image list"}

// article runs the article's scenario once. After a failure it deletes what there is.
func article(ctx context.Context, c command, name string) (err error) {
	folder, err := os.MkdirTemp("", "comparison-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	image := filepath.Join(folder, "image")
	if err := os.WriteFile(image, make([]byte, 40), 0o600); err != nil {
		return err
	}
	replace := strings.NewReplacer("NAME", name, "FILE", image)
	run := func(ctx context.Context, step string) error {
		var args []string
		for word := range strings.FieldsSeq(step) {
			args = append(args, replace.Replace(word))
		}
		return c.run(ctx, args...)
	}
	for i, step := range articleSteps {
		commands := []string{step}
		if step == "LISTS" {
			commands = articleLists
		}
		for _, command := range commands {
			if err = run(ctx, command); err != nil {
				break
			}
		}
		if err != nil {
			for _, later := range articleSteps[i:] {
				if strings.Contains(later, " delete ") {
					_ = run(context.WithoutCancel(ctx), later) // it may not be there
				}
			}
			return err
		}
	}
	return nil
}
