// Package v2 registers objects whose kind is known by name alone.
package v2

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// object is a registered object: the provider passes it on, and asks for its URN, its id and nothing else.
type object struct {
	pulumi.CustomResourceState
}

// RegisterResource registers an object under the type that every SDK gives its kind: `kubernetes:apps/v1:Deployment`. Kubernetes
// calls its first group by the version alone, Pulumi calls it `core/v1`.
func RegisterResource(ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input,
	opts ...pulumi.ResourceOption) (pulumi.CustomResource, error) {
	group := apiVersion
	if group == "v1" {
		group = "core/v1"
	}
	var registered object
	if err := ctx.RegisterResource("kubernetes:"+group+":"+kind, name, props, &registered, opts...); err != nil {
		return nil, err
	}
	return &registered, nil
}
