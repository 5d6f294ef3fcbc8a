import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { LabFailure, messageOf } from "../core/failure";
import { IMAGE_TYPE, type ImageDiff, type ImageResource } from "./image";
import { isProperties, type Properties } from "./values";

/** Version of @pulumi/docker whose resource this is. */
export const VERSION = "5.2.0";

/** Parts of the server that outlive a call. */
export interface ServerHooks {
  /** The engine's address, for logs; it comes with the command line or in this call. */
  attach: (engine: string) => void;
  /** Pulumi was interrupted: running builds end. */
  cancel: () => void;
}

/**
 * Pulumi's provider protocol around {@link ImageResource}. `@pulumi/pulumi/provider` has a server as well, but it cannot
 * say that it supports previews, so a new image's name would be unknown in one.
 */
export function providerService(image: ImageResource, hooks: ServerHooks): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(() => {
      const response = new provider.ProviderHandshakeResponse();
      return response.setAcceptSecrets(true).setAcceptResources(true).setAcceptOutputs(true);
    }),
    attach: unary((request: { getAddress(): string }) => {
      hooks.attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(VERSION)),
    getSchema: unary(() =>
      new provider.GetSchemaResponse().setSchema(JSON.stringify({ name: "docker", version: VERSION })),
    ),
    checkConfig: unary((request: provider.CheckRequest) => new provider.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new provider.DiffResponse().setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(() => {
      const response = new provider.ConfigureResponse();
      return response.setAcceptsecrets(true).setSupportspreview(true).setAcceptresources(true).setAcceptoutputs(true);
    }),
    check: unary((request: provider.CheckRequest) => {
      onlyImages(request.getUrn());
      const { inputs, failures } = image.check(bag(request.getNews()));
      const found = failures.map(({ property, reason }) =>
        new provider.CheckFailure().setProperty(property).setReason(reason),
      );
      return new provider.CheckResponse().setInputs(struct(inputs)).setFailuresList(found);
    }),
    diff: unary(async (request: provider.DiffRequest) =>
      diffResponse(await image.diff(bag(request.getOldInputs()), bag(request.getOlds()), bag(request.getNews()))),
    ),
    create: unary(async (request: provider.CreateRequest) => {
      onlyImages(request.getUrn());
      const { id, state } = await image.create(request.getUrn(), bag(request.getProperties()), request.getPreview());
      return new provider.CreateResponse().setId(id).setProperties(struct(state));
    }),
    read: unary(async (request: provider.ReadRequest) => {
      const state = await image.read(bag(request.getProperties()));
      const response = new provider.ReadResponse();
      return state
        ? response.setId(request.getId()).setProperties(struct(state)).setInputs(request.getInputs())
        : response;
    }),
    update: unary(async (request: provider.UpdateRequest) => {
      const [olds, news] = [bag(request.getOlds()), bag(request.getNews())];
      const state = await image.update(request.getUrn(), olds, news, request.getPreview());
      return new provider.UpdateResponse().setProperties(struct(state));
    }),
    // The image stays, as with the official provider: other stacks may run it, and a stack that comes back needs it.
    delete: unary(() => new Empty()),
    cancel: unary(() => {
      hooks.cancel();
      return new Empty();
    }),
  };
}

/** What {@link ImageDiff} is on the wire. */
export function diffResponse({ changed, replace }: ImageDiff): provider.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
  const response = new provider.DiffResponse().setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...new Set(changed.map((path) => path.split(".")[0] ?? path))]);
  response.setHasdetaileddiff(true);
  for (const path of changed) {
    const replaces = replace && path === "imageName";
    const kind = replaces ? provider.PropertyDiff.Kind.UPDATE_REPLACE : provider.PropertyDiff.Kind.UPDATE;
    const isInput = path !== "repoDigest";
    response.getDetaileddiffMap().set(path, new provider.PropertyDiff().setKind(kind).setInputdiff(isInput));
  }
  if (replace) response.setReplacesList(["imageName"]);
  return response;
}

type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

function unary<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          const message = error instanceof LabFailure ? error.describe() : messageOf(error);
          callback({ code: grpc.status.UNKNOWN, details: message, message });
        },
      );
  };
}

function onlyImages(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1);
  if (type === IMAGE_TYPE) return;
  throw new LabFailure(`this Docker provider builds images only (${IMAGE_TYPE}); ${type} needs the official one`, {
    fix: "pulumi plugin install resource docker",
  });
}

function bag(message: Struct | undefined): Properties {
  const value: unknown = message?.toJavaScript();
  return isProperties(value) ? value : {};
}

function struct(properties: Properties): Struct {
  // Inputs came as a Struct, and what we add is text: all of it is JSON.
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}
