import Fastify, { type FastifyInstance } from "fastify";

/** Feeds of 25,000 items stay below this. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;

/** A server on which every body arrives as raw bytes, whatever its content type. */
export function createServer(): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1_000 },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return server;
}

/** Listens on loopback. Resolves with `http://127.0.0.1:<port>`; rejects with the kind and port when it is in use. */
export async function listen(server: FastifyInstance, kind: string, port: number): Promise<string> {
  try {
    return await server.listen({ host: "127.0.0.1", port });
  } catch (cause) {
    throw new Error(`the ${kind} simulator cannot listen on 127.0.0.1:${port}: the port is in use or not allowed`, {
      cause,
    });
  }
}
