/**
 * `pulumi-resource-docker`: serves `docker:index/image:Image` of @pulumi/docker over BuildKit, where the official plugin
 * cannot be had. Pulumi starts it with its engine's address and reads the port from the first line of its output.
 */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { EngineLog } from "./engine-log";
import { ImageResource, realWorld } from "./image";
import { providerService } from "./server";
import { ContainerdStore, containerdAddress } from "./store";

const cancellation = new AbortController();
const log = new EngineLog();
const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
if (engine) log.connect(engine);

const address = containerdAddress();
const store = address === undefined ? undefined : new ContainerdStore(address);
const world = realWorld(store, (...line) => log.write(...line), cancellation.signal);

const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
server.addService(
  ResourceProviderService,
  providerService(new ImageResource(world), {
    attach: (to) => log.connect(to),
    cancel: () => cancellation.abort(),
  }),
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
