import { STATUS_CODES } from "node:http";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyError, type FastifyReply } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { Logger } from "../logger.ts";
import { answerBeforeClose } from "./answer-before-close.ts";
import { openapiOf } from "./openapi.ts";
import { Problem, type FieldError } from "./problem.ts";

/**
 * How long a request's headers, and the whole request, may take to arrive; looked at every so often. The headers' limit
 * must be the lower one: with its default of 60 s Node.js 24 does not enforce the other.
 */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_CONNECTIONS_MS = 2_000;

/** Our HTTP server: requests validated by zod schemas, from which `/openapi.json` and `/docs` are made as well. */
export type HttpServer = ReturnType<typeof createHttpServer>;

/**
 * Makes an HTTP server with our conventions: problem+json for every error, no request logging above debug, no header
 * or body in any log line.
 *
 * @param options.bodyLimitBytes larger bodies are answered 413 before they are read.
 * @param options.translate turns an app's own errors into problems; undefined means "not mine", which ends as 500.
 */
export function createHttpServer(options: {
  readonly title: string;
  readonly log: Logger;
  readonly bodyLimitBytes: number;
  readonly translate?: (error: unknown) => Problem | undefined;
}) {
  const app = fastify({
    // What is worth a line is logged here and by the apps. With a logger Fastify listens to every answer's end.
    logger: false,
    bodyLimit: options.bodyLimitBytes,
    // A shutdown must not wait for idle keep-alive connections or live streams.
    forceCloseConnections: true,
    // A slow sender must not hold a connection for ever. How long an answer may take (long polls, streams) is not bound.
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECK_CONNECTIONS_MS },
    routerOptions: { maxParamLength: 512 },
    // Addresses that are no addresses never reach a route or the error handler.
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply, problemOf(error) ?? new Problem(400, "bad_request", error.message));
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // Answers are built from typed values; validating them again on every request would only cost time.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));

  answerBeforeClose(app);
  const parseJson = app.getDefaultJsonParser("error", "ignore");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Some clients name a content type on every request, also on those without a body.
    if (body.length === 0) done(null, undefined);
    else void parseJson(request, body.toString(), done);
  });

  app.setErrorHandler((error: unknown, request, reply) => {
    const problem = problemOf(error) ?? options.translate?.(error);
    if (problem) return sendProblem(reply, problem);
    options.log.error({ err: error, method: request.method, route: request.routeOptions.url }, "request failed");
    return sendProblem(reply, new Problem(500, "internal", "Something went wrong here; the log tells what."));
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new Problem(404, "not_found", `There is no ${request.method} ${request.url.split("?")[0]} here.`),
    ),
  );

  void app.register(swagger, openapiOf(options.title));
  void app.register(swaggerUi, { routePrefix: "/docs" });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  return app;
}

/** Answers with a problem document. An expected "no" of a busy route is sent by it, which costs less than throwing it. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) void reply.header("retry-after", String(problem.retryAfterSeconds));
  const document = {
    type: "about:blank",
    title: STATUS_CODES[problem.status] ?? "Error",
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...problem.extra,
  };
  return reply
    .code(problem.status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .serializer((value: unknown) => JSON.stringify(value))
    .send(document);
}

function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return undefined;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message }): FieldError => ({
      field: instancePath.slice(1).replaceAll("/", "."),
      message: message ?? "is not valid",
    }));
    const first = errors[0];
    return new Problem(400, "invalid_request", first ? `${first.field || "body"}: ${first.message}` : error.message, {
      extra: { errors },
    });
  }
  return fastifyProblem(error);
}

const fastifyCodes: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_JSON_BODY: "malformed_json",
};

/** Fastify's own refusals: body too large, not JSON, wrong media type, an address that is none. */
function fastifyProblem(error: Error & Partial<FastifyError>): Problem | undefined {
  const status = error.statusCode;
  if (status === undefined || status < 400 || status >= 500) return undefined;
  const code = error instanceof SyntaxError ? "malformed_json" : fastifyCodes[error.code ?? ""];
  return new Problem(status, code ?? "bad_request", error.message);
}
