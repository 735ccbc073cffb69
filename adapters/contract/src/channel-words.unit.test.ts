import { describe, expect, it } from "vitest";
import { channelWords } from "./channel-words.ts";

const Words = channelWords(/tok_\w+/g);

describe("a channel's own words", () => {
  it("are kept without any token they name", () => {
    expect(Words.parse("tok_1 is not tok_2.")).toBe("[secret] is not [secret].");
  });

  it("are cut after 500 characters, and no token in part", () => {
    expect(Words.parse("x".repeat(500))).toBe("x".repeat(500));
    expect(Words.parse(`${"x".repeat(492)}tok_${"1".repeat(50)}!`)).toBe(`${"x".repeat(492)}[secret]…`);
  });
});
