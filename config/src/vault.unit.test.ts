import { describe, expect, it } from "vitest";
import { createVault, createVaultKey, VaultError } from "./vault.ts";

const bind = { merchantId: "acme", channelId: "c1", field: "clientSecret" };

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof VaultError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

describe("the vault", () => {
  it("opens what it sealed, and seals the same secret differently each time", () => {
    const vault = createVault(createVaultKey());
    const dataKey = vault.createDataKey("acme");
    const first = vault.seal(dataKey, bind, "s3cret");
    const second = vault.seal(dataKey, bind, "s3cret");
    expect(vault.open(dataKey, bind, first)).toBe("s3cret");
    expect(vault.open(dataKey, bind, second)).toBe("s3cret");
    expect(first).not.toBe(second);
    expect(first).not.toContain("s3cret");
  });

  it.each([
    ["merchant", { ...bind, merchantId: "other" }],
    ["channel", { ...bind, channelId: "c2" }],
    ["field", { ...bind, field: "accessToken" }],
  ])("refuses a secret moved to another %s", (_what, moved) => {
    const vault = createVault(createVaultKey());
    const dataKey = vault.createDataKey("acme");
    const sealed = vault.seal(dataKey, bind, "s3cret");
    expect(codeOf(() => vault.open(dataKey, moved, sealed))).toBe("wrong_key");
  });

  it("refuses a changed ciphertext", () => {
    const vault = createVault(createVaultKey());
    const dataKey = vault.createDataKey("acme");
    const sealed = vault.seal(dataKey, bind, "s3cret");
    const middle = sealed.length - 10;
    const flipped = sealed.slice(0, middle) + (sealed[middle] === "A" ? "B" : "A") + sealed.slice(middle + 1);
    expect(codeOf(() => vault.open(dataKey, bind, flipped))).toBe("wrong_key");
    expect(codeOf(() => vault.open(dataKey, bind, "plaintext"))).toBe("malformed_ciphertext");
  });

  it("names the missing key when none of LASTUNIT_KEYS fits", () => {
    const dataKey = createVault(createVaultKey()).createDataKey("acme");
    const other = createVault(createVaultKey());
    expect(() => other.seal(dataKey, bind, "s3cret")).toThrow(/None of LASTUNIT_KEYS is key [0-9a-f]{12}/);
  });

  it("goes on opening old secrets after a new key was put first, and rewraps under the new one", () => {
    const oldKey = createVaultKey();
    const newKey = createVaultKey();
    const before = createVault(oldKey);
    const dataKey = before.createDataKey("acme");
    const sealed = before.seal(dataKey, bind, "s3cret");

    const both = createVault(`${newKey},${oldKey}`);
    expect(both.open(dataKey, bind, sealed)).toBe("s3cret");
    const rewrapped = both.rewrap("acme", dataKey);
    expect(rewrapped).toBeDefined();
    expect(createVault(newKey).open(rewrapped ?? "", bind, sealed)).toBe("s3cret");
    expect(both.rewrap("acme", rewrapped ?? "")).toBeUndefined();
  });

  it.each(["", "short", "not base64 !", Buffer.alloc(31).toString("base64")])("refuses %j as a key", (key) => {
    expect(codeOf(() => createVault(key))).toBe("malformed_key");
  });
});
