// SPDX-License-Identifier: Apache-2.0

package network

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/k-orc/openstack-resource-controller/v2/internal/controllers/generic/reconciler"
	"github.com/k-orc/openstack-resource-controller/v2/internal/scope"
)

// NewReconciler returns the controller for networks.
func NewReconciler(kubernetes client.Client, scopes scope.Factory) reconcile.Reconciler {
	r := reconciler.NewController(controllerName, kubernetes, scopes, networkHelperFactory{}, networkStatusWriter{})
	return &r
}
