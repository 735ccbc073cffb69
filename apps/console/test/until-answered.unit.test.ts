import { describe, expect, it } from "vitest";
import { ApiProblem } from "../public/api.js";
import { untilAnswered } from "../public/until-answered.js";

const waiting = { status: "waiting" };
const granted = { status: "granted" };
const away = new ApiProblem(0, { code: "unreachable", detail: "Lastunit does not answer." });

/** Answers one after the other; the last for ever. */
async function ask(...answers: readonly (object | Error)[]) {
  const told: unknown[] = [];
  let asked = 0;
  const answer = async () => {
    const next = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (next instanceof Error) throw next;
    return next;
  };
  const consent = await untilAnswered(answer, { tell: (news) => void told.push(news), pause: async () => {} });
  return { consent, told };
}

describe("a consent", () => {
  it("is asked for until it is answered", async () => {
    expect(await ask(waiting, waiting, granted)).toEqual({
      consent: granted,
      told: [{ consent: waiting }, { consent: waiting }],
    });
  });

  it.each([away, new ApiProblem(503, undefined)])(
    "is waited for also while Lastunit does not answer (%s)",
    async (error) => {
      expect(await ask(waiting, error, granted)).toEqual({ consent: granted, told: [{ consent: waiting }, { error }] });
    },
  );

  it("that is not there (any more) is not waited for", async () => {
    await expect(ask(new ApiProblem(404, { code: "unknown_consent", detail: "Begin again." }))).rejects.toThrow(
      "Begin again.",
    );
  });
});
