import http from "node:http";
import pg from "pg";
import { z } from "zod";

/*
 * `node plain-inbox-process.ts <address of its database>`: the thinnest server that takes deliveries. It reads the body,
 * verifies nothing, inserts one row and answers 200.
 */

const [connectionString] = z.tuple([z.string()]).parse(process.argv.slice(2));
const pool = new pg.Pool({ connectionString, max: 10 });
await pool.query("create table delivery (delivery_id bigserial primary key, body bytea not null)");
const insert = { name: "insert", text: "insert into delivery (body) values ($1)" };

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = [];
  const answer = (status: number) => response.writeHead(status, { "content-length": 2 }).end("{}");
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    pool.query({ ...insert, values: [Buffer.concat(chunks)] }).then(
      () => answer(200),
      () => answer(500),
    );
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.(`http://127.0.0.1:${address.port}`);
});
process.once("disconnect", () => process.exit());
