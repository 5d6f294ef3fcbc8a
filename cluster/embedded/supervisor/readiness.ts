import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { connect } from "node:net";
import type { ReadyCheck } from "../process-spec";

/** Whether a process does its work, now. Never throws. */
export function isReady(check: ReadyCheck, timeoutMs = 2_000): Promise<boolean> {
  switch (check.kind) {
    case "none":
      return Promise.resolve(true);
    case "socket":
      return answersSocket(check.path, timeoutMs);
    case "http":
    case "https":
      return request(check, timeoutMs).then(
        ({ status }) => status === 200,
        () => false,
      );
  }
}

/** One GET, with a client certificate where the check names one. Rejects when nothing answers in time. */
export function request(
  check: Extract<ReadyCheck, { kind: "http" | "https" }>,
  timeoutMs: number,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options: https.RequestOptions = { agent: false, timeout: timeoutMs };
    if (check.kind === "https") {
      options.ca = readFileSync(check.ca);
      if (check.cert) options.cert = readFileSync(check.cert);
      if (check.key) options.key = readFileSync(check.key);
    }
    const client = check.kind === "https" ? https : http;
    const sent = client.get(check.url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`${check.url} did not answer in ${timeoutMs} ms`)));
    sent.on("error", reject);
  });
}

function answersSocket(path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.on("connect", () => finish(true));
    socket.on("error", () => finish(false));
  });
}
