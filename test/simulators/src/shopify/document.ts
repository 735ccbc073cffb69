/** The part of the GraphQL language that Shopify's clients send: one operation, fragments, no type definitions. */
export interface Operation {
  readonly type: "query" | "mutation";
  readonly variables: readonly { readonly name: string; readonly required: boolean; readonly fallback?: Value }[];
  readonly selections: readonly Selection[];
  readonly fragments: ReadonlyMap<string, Extract<Selection, { kind: "on" }>>;
}

export type Selection =
  | {
      readonly kind: "field";
      readonly name: string;
      readonly alias: string;
      readonly args: Arguments;
      readonly directives: readonly { readonly name: string; readonly args: Arguments }[];
      /** Null when there are no braces. */
      readonly selections: readonly Selection[] | null;
    }
  | { readonly kind: "on"; readonly type: string; readonly selections: readonly Selection[] }
  | { readonly kind: "spread"; readonly fragment: string };

export type Arguments = { readonly [name: string]: Value };

export type Value =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "object"; readonly fields: Arguments };

export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
}

const TOKEN = /[\s,]+|#[^\n]*|(\.\.\.|[{}():=!$@[\]]|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?|[A-Za-z_]\w*)/uy;
const NAME = /^[A-Za-z_]/u;

/** @throws {SyntaxProblem} when the text isn't a document with exactly one operation. */
export function parseDocument(text: string): Operation {
  const reader = new Reader(tokensOf(text));
  const fragments = new Map<string, Extract<Selection, { kind: "on" }>>();
  const operations: Omit<Operation, "fragments">[] = [];
  while (!reader.atEnd()) {
    if (reader.skip("fragment")) fragments.set(reader.name(), reader.fragmentBody());
    else operations.push(reader.operation());
  }
  const [operation] = operations;
  if (!operation || operations.length > 1) throw new SyntaxProblem("A document must hold exactly one operation");
  return { ...operation, fragments };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxProblem(`syntax error, unexpected character at ${at}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  skip(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next += 1;
    return true;
  }

  name(): string {
    const token = this.#take();
    if (!NAME.test(token)) throw new SyntaxProblem(`syntax error, unexpected "${token}", expecting a name`);
    return token;
  }

  operation(): Omit<Operation, "fragments"> {
    if (this.#tokens[this.#next] === "{") return { type: "query", variables: [], selections: this.#selections() };
    const type = this.name();
    if (type !== "query" && type !== "mutation") throw new SyntaxProblem(`syntax error, unexpected "${type}"`);
    if (NAME.test(this.#tokens[this.#next] ?? "")) this.name();
    const variables = this.skip("(") ? this.#until(")", () => this.#variable()) : [];
    return { type, variables, selections: this.#selections() };
  }

  fragmentBody(): Extract<Selection, { kind: "on" }> {
    this.#expect("on");
    return { kind: "on", type: this.name(), selections: this.#selections() };
  }

  #variable() {
    this.#expect("$");
    const name = this.name();
    this.#expect(":");
    const required = this.#type();
    return this.skip("=") ? { name, required: false, fallback: this.#value() } : { name, required };
  }

  /** Whether it ends with `!`. */
  #type(): boolean {
    if (this.skip("[")) {
      this.#type();
      this.#expect("]");
    } else {
      this.name();
    }
    return this.skip("!");
  }

  #selections(): readonly Selection[] {
    this.#expect("{");
    return this.#until("}", () => (this.skip("...") ? this.#fragment() : this.#field()));
  }

  #fragment(): Selection {
    return this.#tokens[this.#next] === "on" ? this.fragmentBody() : { kind: "spread", fragment: this.name() };
  }

  #field(): Selection {
    const first = this.name();
    const name = this.skip(":") ? this.name() : first;
    const args = this.#arguments();
    const directives = [];
    while (this.skip("@")) directives.push({ name: this.name(), args: this.#arguments() });
    const selections = this.#tokens[this.#next] === "{" ? this.#selections() : null;
    return { kind: "field", name, alias: first, args, directives, selections };
  }

  #arguments(): Arguments {
    return this.skip("(") ? Object.fromEntries(this.#until(")", () => this.#pair())) : {};
  }

  #pair(): [string, Value] {
    const name = this.name();
    this.#expect(":");
    return [name, this.#value()];
  }

  #value(): Value {
    if (this.skip("$")) return { kind: "variable", name: this.name() };
    if (this.skip("[")) return { kind: "list", items: this.#until("]", () => this.#value()) };
    if (this.skip("{")) return { kind: "object", fields: Object.fromEntries(this.#until("}", () => this.#pair())) };
    const token = this.#take();
    if (/^["\d-]|^(?:true|false|null)$/u.test(token)) return { kind: "literal", value: JSON.parse(token) };
    if (NAME.test(token)) return { kind: "literal", value: token };
    throw new SyntaxProblem(`syntax error, unexpected "${token}", expecting a value`);
  }

  #until<T>(end: string, read: () => T): T[] {
    const items: T[] = [];
    while (!this.skip(end)) items.push(read());
    return items;
  }

  #expect(token: string): void {
    const found = this.#take();
    if (found !== token) throw new SyntaxProblem(`syntax error, unexpected "${found}", expecting "${token}"`);
  }

  #take(): string {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw new SyntaxProblem("syntax error, unexpected end of document");
    this.#next += 1;
    return token;
  }
}
