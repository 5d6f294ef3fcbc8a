import { expect, test } from "vitest";
import { credentialsOf } from "../../cli/credentials";
import { endpointRow, pagePath, webPort, webUrl } from "../../cli/endpoints";
import type { PipelineName } from "../../stacks/settings";

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

test("the notebook's page is said with where its token is found", () => {
  const notebook = service("notebook", "10.0.0.9", [
    { name: "http", port: 8888 },
    { name: "spark-ui", port: 4040 },
  ]);
  expect(endpointRow(notebook, true, (command) => `${command} --stack x`)).toEqual({
    name: "notebook",
    inside: "notebook:8888, notebook:4040",
    here: "http://10.0.0.9:8888/lab?token=$(lab credentials notebook --stack x) or lab open notebook --stack x",
  });
  expect(pagePath("phpmyadmin", "x")).toBe("");
});

test("who may log in where depends on what stands", () => {
  const users = (pipelines: PipelineName[], notebook: boolean) => {
    const settings = {
      pipelines,
      notebook: notebook ? { master: undefined, conf: {}, memoryMiB: undefined } : undefined,
    };
    return credentialsOf(settings).map(({ user }) => user);
  };
  expect(users(["kappa"], false)).toEqual(["scott", "root"]);
  expect(users(["kappa"], true)).toEqual(["scott", "root", "notebook"]);
});

test("port 80 goes without saying", () => {
  expect(webUrl("10.0.0.9", 80)).toBe("http://10.0.0.9/");
  expect(webPort([{ port: 80 }])).toBeUndefined();
});
