import fc from "fast-check";
import { Feed } from "../../src/dashboard/feed";

/** What a page knows that has read up to a sequence number. */
class Reader {
  readonly known = new Map<string, unknown>();
  id: string | undefined;

  read(feed: Feed): void {
    const from = feed.sequenceOf(this.id);
    if (from === undefined) this.known.clear();
    for (const entry of feed.after(from ?? 0)) {
      if (entry.json === undefined) this.known.delete(entry.key);
      else this.known.set(entry.key, JSON.parse(entry.json));
      this.id = feed.idOf(entry);
    }
  }
}

const change = fc.record({ key: fc.nat(400), value: fc.option(fc.nat(3)), read: fc.boolean() });

describe("the feed", () => {
  it("gives every reader the same state, however often it reads", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 1500, size: "max" }), (changes) => {
        const feed = new Feed();
        const [often, once] = [new Reader(), new Reader()];
        for (const { key, value, read } of changes) {
          if (value === null) feed.remove(`${key}`);
          else feed.set(`${key}`, { value });
          if (read) often.read(feed);
        }
        often.read(feed);
        once.read(feed);
        expect([...often.known].sort()).toEqual([...once.known].sort());
      }),
      { numRuns: 50 },
    );
  });

  it("ignores a value that is unchanged", () => {
    const feed = new Feed();
    feed.set("a", { n: 1 });
    const [before] = feed.after(0);
    feed.set("a", { n: 1 });
    feed.remove("b");
    expect(feed.after(0)).toEqual([before]);
  });

  it("starts over for an unknown event id", () => {
    const [feed, other] = [new Feed(), new Feed()];
    feed.set("a", {});
    other.set("a", {});
    const id = feed.idOf(feed.after(0)[0]!);
    expect(feed.sequenceOf(id)).toBe(1);
    for (const wrong of [
      undefined,
      "",
      "1",
      other.idOf(other.after(0)[0]!),
      id.replace(".1", ".2"),
      `${id}x`,
    ]) {
      expect(feed.sequenceOf(wrong)).toBeUndefined();
    }
  });

  it("remembers a limited number of removed keys", () => {
    const feed = new Feed();
    feed.set("first", {});
    const early = feed.idOf(feed.after(0)[0]!);
    for (let n = 0; n < 5_000; n++) {
      feed.set(`${n}`, {});
      feed.remove(`${n}`);
    }
    expect(feed.after(0).length).toBeLessThan(300);
    expect(feed.sequenceOf(early)).toBeUndefined();
  });

  it("wakes readers at a change and at an abort", async () => {
    const feed = new Feed();
    const end = new AbortController();
    const news = [feed.news(end.signal), feed.news(end.signal)];
    feed.set("a", {});
    await Promise.all(news);
    const ended = feed.news(end.signal);
    end.abort();
    await ended;
  });
});
