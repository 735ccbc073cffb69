import { describe, expect, it } from "vitest";
import { createPager } from "../public/pager.js";

interface Question {
  readonly filter: string;
  readonly after: string | null;
  answer(rows: readonly string[], next: string | null): void;
  fail(error: Error): void;
}

/** A pager, and the questions it has asked: each is answered when the test says so. */
function openPager() {
  const questions: Question[] = [];
  const pager = createPager((filter: string, after) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ rows: string[]; next: string | null }>();
    const answer = (rows: readonly string[], next: string | null) => resolve({ rows: [...rows], next });
    questions.push({ filter, after, answer, fail: reject });
    return promise;
  });
  /** The newest question. */
  const asked = () => {
    const last = questions.at(-1);
    if (!last) throw new Error("nothing was asked");
    return last;
  };
  return { pager, questions, asked };
}

describe("a list's pages", () => {
  it("go on after the last one, of what the first one was asked for, to the end", async () => {
    const { pager, questions, asked } = openPager();
    const first = pager.first("behind");
    asked().answer(["A"], "after A");
    expect(await first).toEqual({ rows: ["A"], next: "after A" });
    const more = pager.more();
    expect(asked()).toMatchObject({ filter: "behind", after: "after A" });
    asked().answer(["B"], null);
    expect(await more).toEqual({ rows: ["B"], next: null });
    expect(await pager.more()).toBeUndefined();
    expect(questions).toHaveLength(2);
  });

  it("of an earlier search are dropped, whichever answer comes first", async () => {
    const { pager, asked } = openPager();
    const first = pager.first("all");
    asked().answer(["A"], "after A");
    await first;
    const more = pager.more();
    const overtaken = asked();
    const second = pager.first("behind");
    const newest = asked();
    overtaken.answer(["B"], "after B");
    newest.answer(["C"], "after C");
    expect(await more).toBeUndefined();
    expect(await second).toEqual({ rows: ["C"], next: "after C" });
    void pager.more();
    expect(asked()).toMatchObject({ filter: "behind", after: "after C" });
  });

  it("that are asked for twice at once come once", async () => {
    const { pager, questions, asked } = openPager();
    const first = pager.first("all");
    asked().answer(["A"], "after A");
    await first;
    const both = [pager.more(), pager.more()];
    for (const question of questions.slice(1)) question.answer(["B"], null);
    expect(await Promise.all(both)).toEqual([undefined, { rows: ["B"], next: null }]);
  });

  it("fail for who asked last alone", async () => {
    const { pager, asked } = openPager();
    const first = pager.first("all");
    const overtaken = asked();
    const second = pager.first("behind");
    overtaken.fail(new Error("too late"));
    expect(await first).toBeUndefined();
    asked().fail(new Error("no answer"));
    await expect(second).rejects.toThrow("no answer");
  });
});
