import * as k8s from "@pulumi/kubernetes";

// A root container with an unpinned image and a password in its environment, in a namespace nobody declared.
new k8s.apps.v1.Deployment("web", {
  metadata: { name: "web", namespace: "default" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:latest", env: [{ name: "DB_PASSWORD", value: "hunter2" }] }] },
    },
  },
});
