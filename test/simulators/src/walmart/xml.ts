import { asArray, asObject, type ApiAnswer, type ApiRequest } from "../kit/index.ts";

/** Walmart answers in XML unless the call asks for JSON by name; accepting anything is not enough. */
export function inAcceptedFormat(request: ApiRequest, answer: ApiAnswer): ApiAnswer {
  if (answer.body === undefined || request.headers["accept"]?.includes("application/json")) return answer;
  const body = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${element("response", answer.body)}`;
  return { ...answer, headers: { ...answer.headers, "content-type": "application/xml" }, body };
}

function element(name: string, value: unknown): string {
  const list = asArray(value);
  if (list) return list.map((each) => element(name, each)).join("");
  const fields = asObject(value);
  const content = fields
    ? Object.entries(fields).map(([field, each]) => element(field, each))
    : [escaped(String(value))];
  return `<${name}>${content.join("")}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
