/**
 * Receives the server-sent events. `changed` is called with a map of all values when they have arrived,
 * `connection` with "open", "lost" or "ended".
 */
export function follow({ changed, connection }) {
  const state = new Map();
  const source = new EventSource("/events");
  source.addEventListener("reset", () => state.clear());
  source.addEventListener("set", ({ data }) => {
    const { key, value } = JSON.parse(data);
    state.delete(key);
    state.set(key, value);
  });
  source.addEventListener("remove", ({ data }) => state.delete(JSON.parse(data).key));
  source.addEventListener("ready", () => changed(state));
  source.addEventListener("end", () => {
    source.close();
    connection("ended");
  });
  source.addEventListener("open", () => connection("open"));
  // The browser reconnects by itself and sends the id of the last event.
  source.addEventListener("error", () => connection("lost"));
}

/** Groups the values by kind. */
export function arrange(state) {
  const below = (prefix) => [...state].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
  const executions = below("execution/").sort(
    (one, other) => new Date(other.started) - new Date(one.started),
  );
  return {
    session: state.get("session"),
    fault: state.get("fault"),
    pipelines: below("pipeline/").sort((one, other) => one.name.localeCompare(other.name)),
    /** Returns the deliveries, newest first. */
    executions,
    execution: (id) => executions.find((execution) => execution.id === id),
    build: (id) => state.get(`build/${id}`),
    alarms: state.get("alarms"),
    messages: state.get("messages"),
    status: state.get("status"),
    deliveries: state.get("deliveries"),
    pulls: state.get("pulls") ?? [],
    statuses: state.get("statuses") ?? [],
  };
}
