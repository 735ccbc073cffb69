import type { ChannelAdapter, ConnectField } from "@lastunit/adapter-contract";
import { Problem, type FieldError } from "@lastunit/config/http";
import type { NewChannel } from "./schemas/connecting.ts";

type Part = ConnectField["part"];

/**
 * Reads what the merchant gave with the adapter's own schemas. Only what the connect form asks for is taken: the rest
 * of an adapter's credentials (tokens, signing secrets) is granted by the platform or made here.
 *
 * @throws {Problem} 400 that names each field, never its value.
 */
export function readAccountFields(
  adapter: ChannelAdapter,
  request: NewChannel,
): { readonly credentials: unknown; readonly settings: unknown } {
  const credentials = adapter.credentials.safeParse(request.credentials);
  const settings = adapter.settings.safeParse(request.settings);
  const errors = [
    ...unknownFields(adapter, "credentials", request),
    ...unknownFields(adapter, "settings", request),
    ...misfits("credentials", request, credentials.error?.issues),
    ...misfits("settings", request, settings.error?.issues),
  ];
  if (errors.length > 0) {
    throw new Problem(400, "invalid_request", `These do not fit a ${adapter.title} channel.`, { extra: { errors } });
  }
  return { credentials: credentials.data, settings: settings.data };
}

/** The fields nobody asked for. */
export function unknownFields(adapter: ChannelAdapter, part: Part, request: NewChannel): FieldError[] {
  const known = adapter.fields.filter((field) => field.part === part).map((field) => field.name);
  const message = `is not asked for; known are ${known.join(", ") || "none"}`;
  return Object.keys(request[part])
    .filter((name) => !known.includes(name))
    .map((name) => ({ field: `${part}.${name}`, message }));
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A schema's message says what it expects, not what it got. */
function misfits(part: Part, request: NewChannel, issues: readonly Issue[] = []): FieldError[] {
  return issues.map(({ path, message }) => {
    const isMissing = path[0] !== undefined && request[part][String(path[0])] === undefined;
    return { field: [part, ...path].join("."), message: isMissing && path.length === 1 ? missing(message) : message };
  });
}

/** "expected string, received undefined" is no sentence for a merchant; what an adapter says itself is. */
function missing(message: string): string {
  return message.startsWith("Invalid ") ? "is needed" : message;
}
