import { connect, createServer, type Socket } from "node:net";

/** Stands between clients and a broker, and misbehaves on request. */
export interface KafkaProxy {
  readonly port: number;
  /** From now on nothing is passed on, in either direction; connections stay open, new ones are taken. */
  swallow(): void;
  /** Passes on again what comes from now on; connections from before are cut. */
  resume(): void;
  /** Passes the next request with this API key on, and cuts the connection instead of passing on its answer. */
  loseAnswer(apiKey: number): void;
  /** How many answers have been lost so. */
  lost(): number;
  close(): Promise<void>;
}

/** API keys of requests that tests interfere with. */
export const PRODUCE = 0;
export const END_TXN = 26;

/** Starts a proxy on `port` to a broker on loopback. */
export async function startKafkaProxy(port: number, brokerPort: number): Promise<KafkaProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let losing: number | undefined;
  let lost = 0;
  const server = createServer((client) => {
    const broker = connect(brokerPort, "127.0.0.1");
    let cutAtAnswer = false;
    let pending = Buffer.alloc(0);
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      if (swallowing) return;
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 6 && pending.length >= 4 + pending.readInt32BE(0)) {
        if (pending.readInt16BE(4) === losing) {
          cutAtAnswer = true;
          losing = undefined;
        }
        pending = pending.subarray(4 + pending.readInt32BE(0));
      }
      broker.write(chunk);
    });
    broker.on("data", (chunk: Buffer) => {
      if (swallowing) return;
      if (!cutAtAnswer) {
        client.write(chunk);
        return;
      }
      if (!client.destroyed) lost += 1; // its answer may come in several pieces
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    swallow: () => {
      swallowing = true;
    },
    resume: () => {
      cut();
      swallowing = false;
    },
    loseAnswer: (apiKey) => {
      losing = apiKey;
    },
    lost: () => lost,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
