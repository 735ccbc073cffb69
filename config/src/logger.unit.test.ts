import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** What a process writes that logs `entry`. */
async function logged(entry: object): Promise<string> {
  const script = `
    import { createLogger } from ${JSON.stringify(new URL("logger.ts", import.meta.url).href)};
    createLogger({ level: "info", name: "test" }).info(${JSON.stringify(entry)}, "an entry");`;
  const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return stderr;
}

describe("a log line", () => {
  it.each(["accessToken", "refreshToken", "clientSecret", "certId", "awsAccessKeyId", "awsSecretAccessKey"])(
    "shows no %s, at whatever level it stands",
    async (name) => {
      const line = await logged({ [name]: "hush", channel: { [name]: "hush", of: { [name]: "hush" } } });
      expect(line).not.toContain("hush");
      expect(JSON.parse(line)).toMatchObject({
        msg: "an entry",
        [name]: "[redacted]",
        channel: { [name]: "[redacted]", of: { [name]: "[redacted]" } },
      });
    },
  );

  it("shows all that is no secret", async () => {
    expect(JSON.parse(await logged({ channel: "shop", status: 429 }))).toMatchObject({ channel: "shop", status: 429 });
  });
});
