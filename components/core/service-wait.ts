import type * as pulumi from "@pulumi/pulumi";

/**
 * For the options of components: their Services do not make others wait. Pulumi would watch a Service's endpoints for ten seconds
 * more after the pods behind it are ready, and whoever needs the server already waits for those pods.
 */
export const unawaitedServices: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  if (type !== "kubernetes:core/v1:Service") return undefined;
  const { metadata } = props as { metadata: { annotations?: object } };
  const annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
  return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
};
