import { outOfCalls } from "@lastunit/adapter-contract";
import { createLogger } from "@lastunit/config";
import { createPacers, type Pacer } from "@lastunit/queues";
import { describe, expect, it } from "vitest";
import { createPacedTurns, type Turns } from "./turns.ts";

interface Spent {
  readonly by: "turn" | "call";
  readonly bucket: string;
  readonly cost: number;
}

/** A pacer with room for everything, that notes what is spent. */
function open() {
  const spent: Spent[] = [];
  const note = (one: Spent) => void (one.cost > 0 && spent.push(one));
  const pacer: Pacer = {
    spend(bucket, work, options) {
      note({ by: "call", bucket, cost: options?.cost ?? 1 });
      return work();
    },
    turn(bucket, { cost, signal }) {
      signal.throwIfAborted();
      note({ by: "turn", bucket, cost });
      return Promise.resolve();
    },
    observe: () => undefined,
    close: () => Promise.resolve(),
  };
  const paced = createPacedTurns(pacer);
  return { turns: paced.ofLane(), others: paced.ofLane(), session: paced.pacer, spent };
}

const { signal } = new AbortController();
const sent = () => Promise.resolve("sent");
const mayBegin = () => undefined;

async function pushing(turns: Turns, work: () => Promise<unknown>): Promise<void> {
  const turn = await turns.next(signal);
  await turns.push(turn, work, mayBegin);
  turns.giveBack(turn);
}

describe("turns", () => {
  it("spend ahead what the last push spent, and the push does not spend it again", async () => {
    const { turns, session, spent } = open();
    const write = () => session.spend("graphql", sent, { cost: 10 });
    expect(turns.isLearned).toBe(false);
    await pushing(turns, write);
    expect(spent).toEqual([{ by: "call", bucket: "graphql", cost: 10 }]);
    expect(turns.isLearned).toBe(true);
    await pushing(turns, write);
    await pushing(turns, write);
    expect(spent.slice(1)).toEqual([
      { by: "turn", bucket: "graphql", cost: 10 },
      { by: "turn", bucket: "graphql", cost: 10 },
    ]);
  });

  it("are learned also from a push that spends nothing, which waits for none", async () => {
    const { turns, spent } = open();
    await pushing(turns, sent);
    await pushing(turns, sent);
    expect(turns.isLearned).toBe(true);
    expect(spent).toEqual([]);
  });

  it("leave to the call what a push needs beyond them, and to the next turn what it did not need", async () => {
    const { turns, session, spent } = open();
    const write = (cost: number) => () => session.spend("graphql", sent, { cost });
    await pushing(turns, write(10));
    await pushing(turns, write(25));
    expect(spent.splice(0).slice(1)).toEqual([
      { by: "turn", bucket: "graphql", cost: 10 },
      { by: "call", bucket: "graphql", cost: 15 },
    ]);
    await pushing(turns, write(5));
    await pushing(turns, write(5));
    expect(spent).toEqual([{ by: "turn", bucket: "graphql", cost: 25 }]);
  });

  it("are for the write and what is read for it, also while some pushes read nothing", async () => {
    const { turns, session, spent } = open();
    const write = () => session.spend("write", sent);
    const readAndWrite = async () => {
      await session.spend("read", sent);
      await write();
    };
    await pushing(turns, readAndWrite);
    await pushing(turns, write);
    await pushing(turns, readAndWrite);
    expect(spent.slice(2)).toEqual([
      { by: "turn", bucket: "read", cost: 1 },
      { by: "turn", bucket: "write", cost: 1 },
      // What was spent ahead of a read that was not made is there for the next.
      { by: "turn", bucket: "write", cost: 1 },
    ]);
  });

  it("are not for what is spent after a write of all pushes, by listings of another kind", async () => {
    const { turns, session, spent } = open();
    await pushing(turns, async () => {
      await session.spend("inventory", sent);
      await session.spend("trading", sent);
    });
    await pushing(turns, () => session.spend("inventory", sent));
    spent.length = 0;
    await pushing(turns, () => session.spend("inventory", sent));
    expect(spent).toEqual([{ by: "turn", bucket: "inventory", cost: 1 }]);
  });

  it("are learned by each lane from its own pushes", async () => {
    const { turns, others, session, spent } = open();
    await pushing(turns, () => session.spend("inventory", sent));
    await pushing(others, () => session.spend("trading", sent));
    spent.length = 0;
    await pushing(turns, () => session.spend("inventory", sent));
    await pushing(others, () => session.spend("trading", sent));
    expect(spent).toEqual([
      { by: "turn", bucket: "inventory", cost: 1 },
      { by: "turn", bucket: "trading", cost: 1 },
    ]);
  });

  it("are not waited for where pushes spend now this bucket, now that", async () => {
    const { turns, session, spent } = open();
    await pushing(turns, () => session.spend("inventory", sent));
    await pushing(turns, () => session.spend("trading", sent));
    spent.length = 0;
    await pushing(turns, () => session.spend("inventory", sent));
    expect(spent).toEqual([{ by: "call", bucket: "inventory", cost: 1 }]);
  });

  it("tell a channel that takes one listing a request from one that takes a batch, also in several calls", async () => {
    const { turns, session } = open();
    const send = () => session.spend("calls", () => new Promise<void>((resolve) => setImmediate(resolve)));
    await pushing(turns, async () => {
      await send();
      await send();
    });
    expect(turns.isEachAlone).toBe(false);
    await pushing(turns, () => Promise.all([send(), send()]));
    expect(turns.isEachAlone).toBe(true);
  });

  it("leave calls that belong to no push alone, also beside one", async () => {
    const { turns, session, spent } = open();
    await pushing(turns, () => session.spend("calls", sent));
    const turn = await turns.next(signal);
    await session.spend("calls", sent, { urgency: "background" });
    expect(spent.map(({ by }) => by)).toEqual(["call", "turn", "call"]);
    await turns.push(turn, () => session.spend("calls", sent), mayBegin);
    expect(spent).toHaveLength(3);
  });

  it("ask before each call of a push, once it need not wait any more, whether it may be made", async () => {
    const { turns, session } = open();
    const made: string[] = [];
    const call = (name: string) => session.spend("calls", async () => made.push(name));
    const push = async () => {
      await call("first");
      await call("second");
    };
    let asked = 0;
    const begin = () => {
      expect(made).toHaveLength(asked);
      asked += 1;
      if (asked > 1) throw new Error("too late");
    };
    await expect(turns.push(await turns.next(signal), push, begin)).rejects.toThrow("too late");
    expect(made).toEqual(["first"]);
  });

  it("lose nothing when waiting for one is aborted", async () => {
    const { turns, session, spent } = open();
    const write = (cost: number) => () => session.spend("graphql", sent, { cost });
    await pushing(turns, write(10));
    await pushing(turns, write(4));
    spent.length = 0;
    // Six are spare; the last push spent four.
    await pushing(turns, write(20));
    await expect(turns.next(AbortSignal.abort(new Error("closing")))).rejects.toThrow("closing");
    await turns.next(signal);
    expect(spent).toEqual([
      { by: "call", bucket: "graphql", cost: 14 },
      { by: "turn", bucket: "graphql", cost: 20 },
    ]);
  });
});

describe("while the channel takes no calls", () => {
  /** With the turn of a next push, which is spent already. */
  async function openPaid() {
    const log = createLogger({ name: "test", level: "silent" });
    const limits = { graphql: { perSecond: 100, burst: 100 } };
    const pacer = createPacers({ connection: undefined, log }).open("channel-1", limits, outOfCalls);
    const paced = createPacedTurns(pacer);
    const [turns, session] = [paced.ofLane(), paced.pacer];
    await pushing(turns, () => session.spend("graphql", sent));
    const turn = await turns.next(signal);
    const closeFor = (ms: number) => {
      const refillsAt = Date.now() + ms;
      pacer.observe("graphql", { remaining: 0, refillsAt });
      return refillsAt;
    };
    return { turns, session, turn, closeFor };
  }

  it("a turn that was spent before is not given", async () => {
    const { turns, turn, closeFor } = await openPaid();
    turns.giveBack(turn);
    const refillsAt = closeFor(400);
    await turns.next(signal);
    expect(Date.now()).toBeGreaterThanOrEqual(refillsAt);
  });

  it("a push is asked whether it may make its call only when the channel takes it", async () => {
    const { turns, session, turn, closeFor } = await openPaid();
    const refillsAt = closeFor(400);
    let askedAt = 0;
    const begin = () => (askedAt = Date.now());
    expect(await turns.push(turn, () => session.spend("graphql", sent), begin)).toBe("sent");
    expect(askedAt).toBeGreaterThanOrEqual(refillsAt);
  });

  it("a push that has its turn makes no call: it is told how long to wait", async () => {
    const { turns, session, turn, closeFor } = await openPaid();
    closeFor(60_000);
    let calls = 0;
    const push = turns.push(turn, () => session.spend("graphql", async () => (calls += 1)), mayBegin);
    await expect(push).rejects.toMatchObject({ failure: "rate_limited", code: "out_of_calls" });
    expect(calls).toBe(0);
  });
});
