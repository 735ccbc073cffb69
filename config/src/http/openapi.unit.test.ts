import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { createLogger } from "../logger.ts";
import { createHttpServer } from "./server.ts";

const log = createLogger({ name: "test", level: "silent" });

it("tells how to authenticate, what each route answers, and what a refusal looks like", async () => {
  const app = createHttpServer({ title: "Test", log, bodyLimitBytes: 1_000 });
  onTestFinished(async () => {
    await app.close();
  });
  app.after(() => {
    app.get("/v1/things", { schema: { response: { 200: z.object({ name: z.string() }) } } }, () => ({ name: "one" }));
    app.get("/v1/public", { schema: { security: [] } }, () => ({}));
    app.get("/internal", { schema: { hide: true } }, () => ({}));
  });
  const document = (await app.inject("/openapi.json")).json();
  expect(document).toMatchObject({
    info: { title: "Test" },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  });
  expect(Object.keys(document.paths)).toEqual(["/v1/things", "/v1/public"]);
  expect(document.paths["/v1/public"].get.security).toEqual([]);
  const { responses } = document.paths["/v1/things"].get;
  expect(responses["200"].content["application/json"].schema.properties).toEqual({ name: { type: "string" } });
  expect(responses.default.content["application/problem+json"].schema.required).toContain("code");
});
