// SPDX-License-Identifier: Apache-2.0

// Driver calls the code with which the controller for clusters makes and deletes
// the network of a cluster.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"
	"k8s.io/klog/v2"

	infrav1 "sigs.k8s.io/cluster-api-provider-openstack/api/v1beta1"
	"sigs.k8s.io/cluster-api-provider-openstack/pkg/cloud/services/networking"
	"sigs.k8s.io/cluster-api-provider-openstack/pkg/scope"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	stop, err := startTracing()
	if err != nil {
		return err
	}
	defer stop()
	clouds, err := clientconfig.LoadCloudsYAML()
	if err != nil {
		return err
	}
	cloud, ok := clouds[os.Getenv("OS_CLOUD")]
	if !ok {
		return fmt.Errorf("no cloud %s", os.Getenv("OS_CLOUD"))
	}
	provider, err := scope.NewProviderScope(cloud, "", nil, klog.Background())
	if err != nil {
		return err
	}
	service, err := networking.NewService(scope.NewWithLogger(provider, klog.Background()))
	if err != nil {
		return err
	}
	cluster := &infrav1.OpenStackCluster{}
	if err := service.ReconcileNetwork(cluster, "adopting"); err != nil {
		return err
	}
	return service.DeleteNetwork(cluster, "adopting")
}
