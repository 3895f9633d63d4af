import { restoreObjects, saveObjects } from "../saved-objects";
import type { Comments } from "./comments";
import type { Deliveries } from "./delivery";
import type { Hooks } from "./hooks";
import type { PullRequests } from "./pull-requests";
import type { Repository } from "./repository";
import type { Statuses } from "./statuses";

/** GitHub's data of the repository besides its git objects. */
export interface Known {
  readonly repository: Repository;
  readonly hooks: Hooks;
  readonly apps: Hooks;
  readonly deliveries: Deliveries;
  readonly statuses: Statuses;
  readonly pulls: PullRequests;
  readonly comments: Comments;
}

/** Of each, the fields that are not made by its constructor. */
const FIELDS: Readonly<Record<keyof Known, readonly string[]>> = {
  repository: ["pushedAt"],
  hooks: ["hooks", "lastId"],
  apps: ["hooks", "lastId"],
  deliveries: ["log", "lastId"],
  statuses: ["statuses", "lastId"],
  pulls: ["pulls"],
  comments: ["comments", "lastId"],
};

type Fields = Record<string, Record<string, unknown>>;

/** Returns GitHub's data of its repository; the git objects are saved separately. */
export function saveGitHub(known: Known): Buffer {
  const saved: Fields = {};
  for (const [part, fields] of Object.entries(FIELDS)) {
    const object = known[part as keyof Known] as unknown as Record<string, unknown>;
    saved[part] = Object.fromEntries(fields.map((field) => [field, object[field]]));
  }
  return saveObjects(saved, {});
}

/** Restores the data into new parts, with each string changed. */
export function restoreGitHub(known: Known, bytes: Buffer, change: (text: string) => string): void {
  const saved = restoreObjects(bytes, {}, change) as Fields;
  for (const part of Object.keys(FIELDS)) Object.assign(known[part as keyof Known], saved[part]);
}
