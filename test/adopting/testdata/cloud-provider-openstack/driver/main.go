// SPDX-License-Identifier: Apache-2.0

// Driver asks the cloud provider for the metadata of one node, as the controller for
// nodes does. It takes the file cloud.conf and the node's name.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cloudprovider "k8s.io/cloud-provider"

	"k8s.io/cloud-provider-openstack/pkg/openstack"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, conf, node string) error {
	stop, err := startTracing()
	if err != nil {
		return err
	}
	defer stop()
	cloud, err := cloudprovider.InitCloudProvider(openstack.ProviderName, conf)
	if err != nil {
		return err
	}
	instances, ok := cloud.InstancesV2()
	if !ok {
		return errors.New("the cloud provider has no instances")
	}
	metadata, err := instances.InstanceMetadata(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}})
	if err != nil {
		return err
	}
	fmt.Println(metadata.ProviderID)
	return nil
}
