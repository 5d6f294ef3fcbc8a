import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Lines beside a resource in Pulumi's display. */
export class EngineLog {
  private client: EngineClient | undefined;

  /** @param engine address of Pulumi's engine; without one nothing is shown */
  connect(engine: string): void {
    this.client = new EngineClient(engine, grpc.credentials.createInsecure());
  }

  /** Shows a line; an ephemeral one is replaced by the next and kept nowhere. */
  write(urn: string, message: string, { ephemeral = false, warning = false } = {}): void {
    const request = new LogRequest()
      .setUrn(urn)
      .setMessage(message)
      .setSeverity(warning ? LogSeverity.WARNING : LogSeverity.INFO)
      .setEphemeral(ephemeral);
    // A line that does not arrive is no reason to stop a build.
    this.client?.log(request, () => undefined);
  }
}
