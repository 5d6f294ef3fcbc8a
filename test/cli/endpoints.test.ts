import { expect, test } from "vitest";
import { endpointRow, webPort, webUrl } from "../../cli/endpoints";

const service = (name: string, clusterIP: string, ports: { port: number; name?: string }[]) => ({
  metadata: { name },
  spec: { clusterIP, ports },
});

test("a Service's web page is behind its port named http, whatever its number", () => {
  const nameNode = service("namenode", "10.0.0.7", [
    { name: "rpc", port: 8020 },
    { name: "http", port: 9870 },
  ]);
  expect(endpointRow(nameNode, true)).toEqual({
    name: "namenode",
    inside: "namenode:8020, namenode:9870",
    here: "http://10.0.0.7:9870/ or lab open namenode",
  });
  expect(endpointRow(nameNode, false)?.here).toBe("lab open namenode");
});

test("a server without a page is opened by its name, and a headless Service is nobody's business", () => {
  const mysql = service("mysql", "10.0.0.8", [{ name: "mysql", port: 3306 }]);
  expect(endpointRow(mysql, true)?.here).toBe("lab open mysql");
  expect(endpointRow(service("namenodes", "None", [{ name: "http", port: 9870 }]), true)).toBeUndefined();
});

test("port 80 goes without saying", () => {
  expect(webUrl("10.0.0.9", 80)).toBe("http://10.0.0.9/");
  expect(webPort([{ port: 80 }])).toBeUndefined();
});
