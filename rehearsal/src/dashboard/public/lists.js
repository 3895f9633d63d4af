import { element, morph } from "./element.js";
import { badge, moment, shortCommit, title } from "./words.js";

export function drawAlarms(place, alarms) {
  drawList(
    place,
    alarms,
    "No alarms yet.",
    ({ name, state, reason, updated }) => [
      element("p", { class: "line" }, element("strong", {}, name), badge(state)),
      state === "ALARM" && element("p", { class: "note" }, reason),
      updated && element("p", { class: "note" }, "Since ", moment(updated)),
    ],
    ({ name }) => name,
  );
}

export function drawMessages(place, messages) {
  drawList(
    place,
    messages,
    "No notifications yet.",
    ({ at, subject, text }) => [
      element(
        "details",
        {},
        element(
          "summary",
          {},
          element("strong", {}, subject ?? titleOf(text)),
          " ",
          element("span", { class: "note" }, moment(at)),
        ),
        element("pre", { class: "message" }, text),
      ),
    ],
    ({ id }) => String(id),
  );
}

/** Returns a title for a message without a subject. */
function titleOf(text) {
  try {
    const { detail = {}, "detail-type": type } = JSON.parse(text);
    return [type, detail.pipeline, detail.state].filter(Boolean).join(" · ") || "Message";
  } catch {
    return title(text).slice(0, 80);
  }
}

const OUTCOMES = {
  started: "started an execution",
  ignored: "ignored",
  duplicate: "duplicate",
  refused: "rejected",
};

export function drawDeliveries(place, deliveries) {
  drawList(
    place,
    deliveries,
    "No deliveries yet.",
    (delivery) => [
      element(
        "p",
        { class: "line" },
        element("strong", {}, delivery.redelivery ? `${delivery.event} (redelivery)` : delivery.event),
        element(
          "span",
          { class: "status", "data-tone": delivery.code < 300 ? "ok" : "bad" },
          delivery.status === "OK" ? `${delivery.code}` : delivery.status,
        ),
      ),
      delivery.ref &&
        element(
          "p",
          { class: "note" },
          element("code", {}, shortCommit(delivery.commit)),
          ` ${title(delivery.message)} (${delivery.ref})`,
        ),
      element(
        "p",
        { class: "note" },
        moment(delivery.at),
        delivery.outcome && `, ${OUTCOMES[delivery.outcome]}`,
        delivery.outcome && delivery.outcome !== "started" && delivery.reason && `: ${delivery.reason}`,
      ),
    ],
    ({ id }) => String(id),
  );
}

export function drawList(place, items, none, draw, key) {
  if (!items || items.length === 0) {
    morph(place, element("p", { class: "empty" }, none));
    return;
  }
  morph(
    place,
    element(
      "ul",
      { class: "list" },
      items.map((item) => element("li", { "data-key": key(item) }, draw(item))),
    ),
  );
}
