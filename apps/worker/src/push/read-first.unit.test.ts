import { describe, expect, it } from "vitest";
import { isRaise, outcomeOfRead, partReads } from "./read-first.ts";

describe("reading before raising", () => {
  it("is needed when a push raises the number or the number is not known", () => {
    expect(isRaise({ quantity: 5, expected: 4 })).toBe(true);
    expect(isRaise({ quantity: 5, expected: null })).toBe(true);
  });

  it("is not needed when a push lowers or repeats the number", () => {
    expect(isRaise({ quantity: 3, expected: 4 })).toBe(false);
    expect(isRaise({ quantity: 4, expected: 4 })).toBe(false);
  });

  it("is not needed for a listing that sold out, whatever it shows: 0 brings no sale back", () => {
    expect(isRaise({ quantity: 0, expected: null })).toBe(false);
  });

  it("lets the push go when the channel shows what we believed", () => {
    expect(outcomeOfRead({ status: "read", available: 4, reserved: null }, 4)).toBeUndefined();
  });

  it("treats a number that moved, also from unknown, as a refused write", () => {
    expect(outcomeOfRead({ status: "read", available: 3, reserved: 1 }, 4)).toEqual({ status: "stale", actual: 3 });
    expect(outcomeOfRead({ status: "read", available: 0, reserved: null }, null)).toEqual({
      status: "stale",
      actual: 0,
    });
  });

  it("parts what the channel told of from what it could not read or left out", () => {
    const read = { status: "read", available: 4, reserved: null } as const;
    const sick = { status: "unread", code: "25001", message: "A system error has occurred." } as const;
    expect(partReads(["A", "SICK", "LAST"], [read, sick])).toEqual({
      known: [{ of: "A", read }],
      unread: [
        { of: "SICK", read: sick },
        { of: "LAST", read: expect.objectContaining({ status: "unread", code: "left_out" }) },
      ],
    });
  });

  it("refuses listings that the channel does not track or no longer has, a zero from it is not a fact", () => {
    expect(outcomeOfRead({ status: "untracked" }, 4)).toMatchObject({ status: "rejected", code: "untracked" });
    expect(outcomeOfRead({ status: "missing", message: "No such item." }, 4)).toEqual({
      status: "rejected",
      code: "missing",
      message: "No such item.",
    });
  });

  it("tries a listing again that the channel may not have taken in yet", () => {
    expect(outcomeOfRead({ status: "missing", message: "No such item.", mayAppear: true }, 4)).toEqual({
      status: "retry",
      code: "missing",
      message: "No such item.",
    });
  });
});
