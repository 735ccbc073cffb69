export { Problem, type FieldError } from "./problem.ts";
export { createHttpServer, sendProblem, type HttpServer } from "./server.ts";
