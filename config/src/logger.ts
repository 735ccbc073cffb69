import { pino, type Logger } from "pino";

export type { Logger };

/** Names whose values never reach a log line, at the top level or one level down. */
const secretNames = [
  "authorization",
  "access_token",
  "accessToken",
  "refresh_token",
  "refreshToken",
  "client_secret",
  "clientSecret",
  "apiSecretKey",
  "awsAccessKeyId",
  "awsSecretAccessKey",
  "certId",
  "password",
  "token",
  "secret",
  "webhookSecret",
  "previousSecret",
  "authDetails",
  "credentials",
  "cookie",
];

/** Makes the process's logger: one JSON line per entry on standard error, secrets masked. */
export function createLogger(options: { readonly level: string; readonly name: string }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      redact: {
        paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: "[redacted]",
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
