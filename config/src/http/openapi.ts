import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransform } from "fastify-type-provider-zod";

/** What the routes of our servers have in common, as their OpenAPI document tells it. */
export function openapiOf(title: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: { title, version: "1" },
      components: {
        securitySchemes: {
          token: {
            type: "http",
            scheme: "bearer",
            description:
              "A merchant's token; or the operator's, with which a request names its merchant in the header Lastunit-Merchant.",
          },
        },
      },
      security: [{ token: [] }],
    },
    transform: withProblems,
  };
}

const problem = {
  description: "Not done. `code` is for programs and stays the same, `detail` is for people and says how to mend it.",
  content: {
    "application/problem+json": {
      schema: {
        type: "object",
        required: ["type", "title", "status", "code", "detail"],
        properties: {
          type: { type: "string" },
          title: { type: "string" },
          status: { type: "integer" },
          code: { type: "string" },
          detail: { type: "string" },
          errors: {
            type: "array",
            description: "Of a request that is not valid: each thing wrong with it, and where.",
            items: {
              type: "object",
              required: ["field", "message"],
              properties: { field: { type: "string" }, message: { type: "string" } },
            },
          },
        },
        additionalProperties: true,
      },
    },
  },
};

function withProblems(route: Parameters<typeof jsonSchemaTransform>[0]): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = jsonSchemaTransform(route);
  return { schema: { ...schema, response: { ...Object(schema.response), default: problem } }, url };
}
