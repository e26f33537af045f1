// SPDX-License-Identifier: Apache-2.0

// Driver has the controller for networks create and delete a network. Kubernetes is
// the imitation in the same process that controller-runtime has for tests.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	orcv1alpha1 "github.com/k-orc/openstack-resource-controller/v2/api/v1alpha1"
	"github.com/k-orc/openstack-resource-controller/v2/internal/controllers/network"
	"github.com/k-orc/openstack-resource-controller/v2/internal/scheme"
	"github.com/k-orc/openstack-resource-controller/v2/internal/scope"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	stop, err := startTracing()
	if err != nil {
		return err
	}
	defer stop()
	clouds, err := os.ReadFile(os.Getenv("OS_CLIENT_CONFIG_FILE"))
	if err != nil {
		return err
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "clouds"},
		Data:       map[string][]byte{orcv1alpha1.CloudCredentialsConfigSecretKey: clouds},
	}
	object := &orcv1alpha1.Network{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "adopting-orc", UID: "1"},
		Spec: orcv1alpha1.NetworkSpec{
			CloudCredentialsRef: orcv1alpha1.CloudCredentialsReference{SecretName: secret.Name, CloudName: os.Getenv("OS_CLOUD")},
			ManagementPolicy:    orcv1alpha1.ManagementPolicyManaged,
			Resource:            &orcv1alpha1.NetworkResourceSpec{},
		},
	}
	kubernetes := fake.NewClientBuilder().WithScheme(scheme.New()).WithStatusSubresource(object).WithObjects(secret, object).
		WithInterceptorFuncs(interceptor.Funcs{Get: getWithKind}).Build()
	controller := network.NewReconciler(kubernetes, scope.NewFactory(10, nil))
	request := ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)}

	// Each write of the object would have Kubernetes call the controller again.
	until := func(done func() bool) error {
		for range 10 {
			if _, err := controller.Reconcile(ctx, request); err != nil {
				return err
			}
			if err := kubernetes.Get(ctx, request.NamespacedName, object); err != nil {
				return err
			}
			if done() {
				return nil
			}
		}
		return errors.New("the controller did not end its work in 10 calls")
	}
	if err := until(func() bool {
		return meta.IsStatusConditionTrue(object.Status.Conditions, orcv1alpha1.ConditionAvailable)
	}); err != nil {
		return err
	}
	if err := kubernetes.Delete(ctx, object); err != nil {
		return err
	}
	// The imitation keeps the object when its last finalizer is removed.
	return until(func() bool { return len(object.Finalizers) == 0 })
}

// getWithKind gets an object with its kind, which the manager's cache has too.
func getWithKind(ctx context.Context, kubernetes client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if err := kubernetes.Get(ctx, key, object, options...); err != nil {
		return err
	}
	kind, err := apiutil.GVKForObject(object, kubernetes.Scheme())
	if err != nil {
		return err
	}
	object.GetObjectKind().SetGroupVersionKind(kind)
	return nil
}
