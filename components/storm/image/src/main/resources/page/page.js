// Asks Nimbus, through the API beside this page, every few seconds. Texts of others only ever become text nodes.
const PAUSE_MS = 5000;
const number = (value) => Number(value).toLocaleString("en");

async function ask(path) {
  const response = await fetch(`api/v1/${path}`);
  const body = await response.json();
  if (!response.ok) throw new Error(`${body.error}: ${body.errorMessage}`);
  return body;
}

function row(cells) {
  const line = document.createElement("tr");
  for (const { text, bad } of cells) {
    const cell = line.insertCell();
    cell.textContent = text;
    if (bad) cell.className = "bad";
  }
  return line;
}

const text = (value) => ({ text: value });
const failed = (value) => ({ text: number(value), bad: value > 0 });

function lagOf(lags, spout) {
  const result = lags[spout]?.spoutLagResult;
  if (!result) return "";
  return number(
    Object.values(result)
      .flatMap(Object.values)
      .reduce((sum, { lag }) => sum + lag, 0),
  );
}

function errorsOf(component, id) {
  return component.errors.map(({ error, errorTime, errorHost, errorPort }) => {
    const block = document.createElement("pre");
    const at = new Date(errorTime * 1000).toISOString();
    block.textContent = `${at} ${id} on ${errorHost}:${errorPort}\n${error}`;
    return block;
  });
}

async function section(id) {
  const topology = await ask(`topology/${encodeURIComponent(id)}`);
  const lags = await ask(`topology/${encodeURIComponent(id)}/lag`).catch(() => ({}));
  const made = document.getElementById("topology").content.cloneNode(true).firstElementChild;
  made.id = topology.name;
  const link = made.querySelector("h2 a");
  link.textContent = topology.name;
  link.href = `#${encodeURIComponent(topology.name)}`;
  made.querySelector(".facts").textContent =
    `${topology.status}; workers: ${topology.workersTotal}, executors: ${topology.executorsTotal}, ` +
    `up ${number(topology.uptimeSeconds)} s`;
  made
    .querySelector(".spouts tbody")
    .append(
      ...topology.spouts.map((spout) =>
        row([
          text(spout.spoutId),
          text(spout.executors),
          text(number(spout.emitted)),
          text(number(spout.acked)),
          failed(spout.failed),
          text(spout.completeLatency),
          text(lagOf(lags, spout.spoutId)),
        ]),
      ),
    );
  made
    .querySelector(".bolts tbody")
    .append(
      ...topology.bolts.map((bolt) =>
        row([
          text(bolt.boltId),
          text(bolt.executors),
          text(number(bolt.emitted)),
          text(number(bolt.executed)),
          text(number(bolt.acked)),
          failed(bolt.failed),
          text(bolt.executeLatency),
          text(bolt.processLatency),
          text(bolt.capacity),
        ]),
      ),
    );
  made
    .querySelector(".errors")
    .append(
      ...topology.spouts.flatMap((spout) => errorsOf(spout, spout.spoutId)),
      ...topology.bolts.flatMap((bolt) => errorsOf(bolt, bolt.boltId)),
    );
  return made;
}

async function show() {
  const line = document.getElementById("cluster");
  try {
    const cluster = await ask("cluster/summary");
    const { topologies } = await ask("topology/summary");
    document
      .getElementById("topologies")
      .replaceChildren(...(await Promise.all(topologies.map(({ id }) => section(id)))));
    line.textContent =
      `Storm ${cluster.stormVersion}; topologies: ${cluster.topologies}, supervisors: ${cluster.supervisors}, ` +
      `slots used: ${cluster.slotsUsed} of ${cluster.slotsTotal}`;
    line.className = "";
  } catch (failure) {
    line.textContent = String(failure.message);
    line.className = "bad";
  }
  setTimeout(show, PAUSE_MS);
}

show();
