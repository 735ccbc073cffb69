import { describe, expect, it } from "vitest";
import { EnvironmentError, readEnvironment, type Role } from "./environment.ts";

function problemsOf(variables: Record<string, string>, role: Role = "all"): readonly string[] {
  try {
    readEnvironment(variables, role);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
}

describe("the environment", () => {
  it("needs nothing to run all in one", () => {
    expect(readEnvironment({}, "all")).toMatchObject({ DATA_DIR: ".lastunit", PORT: 4000, LEDGER_PORT: 4010 });
  });

  it("takes an empty variable as unset", () => {
    expect(readEnvironment({ REDIS_URL: "", PORT: "" }, "all").PORT).toBe(4000);
  });

  it("names every problem at once", () => {
    const problems = problemsOf({
      PORT: "http",
      REDIS_URL: "127.0.0.1",
      LOG_LEVEL: "loud",
      LEDGER_DATABASE_URL: "mysql://x/y",
    });
    expect(problems).toHaveLength(4);
    for (const name of ["PORT", "REDIS_URL", "LOG_LEVEL", "LEDGER_DATABASE_URL"]) {
      expect(problems.some((problem) => problem.startsWith(name))).toBe(true);
    }
  });

  it("says what a part can't run alone without, and how to get it", () => {
    const problems = problemsOf({}, "worker");
    expect(problems).toHaveLength(4);
    expect(problems.join("\n")).toContain("openssl rand -base64 32");
  });

  it("shows no secret and no password", () => {
    const text = problemsOf({
      LEDGER_SERVICE_TOKEN: "short-secret",
      LEDGER_BOOTSTRAP_TOKEN: "NOT A MERCHANT:hunter2hunter2",
      LEDGER_DATABASE_URL: "mysql://root:hunter2@h/y",
    }).join("\n");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("short-secret");
  });

  it("splits the bootstrap token at its first colon", () => {
    const { LEDGER_BOOTSTRAP_TOKEN } = readEnvironment({ LEDGER_BOOTSTRAP_TOKEN: "acme:secret:with:colons" }, "ledger");
    expect(LEDGER_BOOTSTRAP_TOKEN).toEqual({ merchantId: "acme", token: "secret:with:colons" });
  });

  describe("CHANNEL_ENDPOINTS", () => {
    it.each([
      "http://169.254.169.254/",
      "http://example.com",
      "http://127.0.0.1.example.com",
      "https://127.0.0.1:1",
      "file:///etc/passwd",
    ])("refuses %s: only plain http to loopback", (url) => {
      expect(problemsOf({ CHANNEL_ENDPOINTS: JSON.stringify({ ebay: url }) })).toHaveLength(1);
    });

    it("refuses an unknown kind and text that is no JSON", () => {
      expect(problemsOf({ CHANNEL_ENDPOINTS: '{"etsy":"http://127.0.0.1:1"}' })).toHaveLength(1);
      expect(problemsOf({ CHANNEL_ENDPOINTS: "ebay=http://127.0.0.1:1" })).toHaveLength(1);
    });

    it("is refused in production", () => {
      const variables = { NODE_ENV: "production", CHANNEL_ENDPOINTS: '{"ebay":"http://127.0.0.1:5003"}' };
      expect(problemsOf(variables).join()).toContain("CHANNEL_ENDPOINTS is for development");
    });

    it("reads loopback addresses by kind", () => {
      const { CHANNEL_ENDPOINTS } = readEnvironment({ CHANNEL_ENDPOINTS: '{"ebay":"http://127.0.0.1:5003"}' }, "all");
      expect(CHANNEL_ENDPOINTS.ebay?.port).toBe("5003");
    });
  });
});
