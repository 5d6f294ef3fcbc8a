// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider. Upstream's own main embeds two files that its release
// process generates; the module has them in the form the SDKs are generated from, which serves as well.
// The build lays both beside this file by `go build -overlay`, so that 8 MB need not be committed.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is that of the npm package: the SDK asks for the provider of its own version.
const version = "4.25.0"

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, terraformMapping)
}
