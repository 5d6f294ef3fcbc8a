module bigdata-lab/toolchain/pulumi

go 1.26

require (
	github.com/pulumi/pulumi/pkg/v3 v3.215.0
	github.com/pulumi/pulumi-kubernetes/provider/v4 v4.0.0-20260115033456-f47bc2d6f199
)

tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
