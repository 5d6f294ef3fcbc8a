import { expect, test } from "vitest";
import { type NetworkNeeds, networkPolicies } from "../../../components/core/network";

const server = { workload: "server", host: "srv", port: 80, podPort: 8080 };
const needs = (name: string, calls: NetworkNeeds["calls"], openPorts?: number[]): NetworkNeeds => ({
  workload: { name, component: "test" },
  calls,
  ...(openPorts ? { openPorts } : {}),
});
const specs = (all: NetworkNeeds[]) =>
  Object.fromEntries(networkPolicies(all).map(({ workload, spec }) => [workload.name, spec]));

test("an edge is opened at both ends, at the port of the pods", () => {
  const { client, server: target } = specs([needs("client", [server]), needs("server", [])]);
  expect(client?.egress).toEqual([
    {
      ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ],
    },
    {
      to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "server" } } }],
      ports: [{ protocol: "TCP", port: 8080 }],
    },
  ]);
  expect(client?.ingress).toEqual([]);
  expect(target?.ingress).toEqual([
    {
      from: [
        { podSelector: { matchExpressions: [{ key: "app.kubernetes.io/name", operator: "In", values: ["client"] }] } },
      ],
      ports: [{ protocol: "TCP", port: 8080 }],
    },
  ]);
  expect(target?.egress).toHaveLength(1);
});

test("nobody else is let in, and an open port is open to all", () => {
  const { server: target, page } = specs([needs("server", []), needs("page", [], [8080])]);
  expect(target?.ingress).toEqual([]);
  expect(page?.ingress).toEqual([{ ports: [{ protocol: "TCP", port: 8080 }] }]);
});

test("ports for helpers are open to pods with their labels, in any namespace, and to nobody else", () => {
  const helpers = { of: "page" };
  const page: NetworkNeeds = { ...needs("page", []), helpers, helperPorts: [7] };
  expect(specs([page]).page?.ingress).toEqual([
    {
      from: [{ namespaceSelector: {}, podSelector: { matchLabels: helpers } }],
      ports: [{ protocol: "TCP", port: 7 }],
    },
  ]);
  for (const none of [undefined, {}]) {
    expect(() => specs([{ ...page, helpers: none }])).toThrow("page has ports for pods that help it, and no labels");
  }
});

test("an edge to a workload that is not declared is an error", () => {
  expect(() => networkPolicies([needs("client", [server])])).toThrow("client calls server, which is not declared");
});
