import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";
import { asObject, type JsonObject } from "../../kit/index.ts";

const NAMESPACE = "urn:ebay:apis:eBLBaseComponents";

/** Text stays text: `1e5` is a SKU. */
const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@", parseTagValue: false });
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@" });

/** The fields of `<{call}Request>`; undefined when the body is not well-formed XML of that name in eBay's namespace. */
export function readRequest(call: string, body: Buffer): JsonObject | undefined {
  const xml = body.toString("utf8");
  if (XMLValidator.validate(xml) !== true) return undefined;
  const request = asObject(asObject(parser.parse(xml))?.[`${call}Request`]);
  return request?.["@xmlns"] === NAMESPACE ? request : undefined;
}

export function writeResponse(call: string, fields: object): string {
  const response = { "@xmlns": NAMESPACE, Timestamp: new Date().toISOString(), ...fields, Version: "1451" };
  const xml: unknown = builder.build({ [`${call}Response`]: response });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${String(xml)}`;
}

/** A repeatable element: none, one, or a list of them. */
export function repeated(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
