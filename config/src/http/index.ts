export { Problem, type FieldError } from "./problem.ts";
export { createHttpServer, type HttpServer } from "./server.ts";
