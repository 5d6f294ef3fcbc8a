// What the Kubernetes provider needs of its own Go SDK, in the SDK's place.
//
// The SDK has a generated type for each kind of Kubernetes, half of all that the provider would compile. The provider asks it for
// three things: what registers an object of any kind (for ConfigGroup, ConfigFile, Directory and Chart), its untyped arguments,
// and two types among the arguments of a Helm chart.
module github.com/pulumi/pulumi-kubernetes/sdk/v4

go 1.26

require github.com/pulumi/pulumi/sdk/v3 v3.215.0
