/**
 * Holds answers against an OpenAPI document, with a validator of JSON Schema that is not ours.
 *
 * @module
 */

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";

/** What is read of a document; the rest of it is only referred to. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, DocumentedAnswer>> };
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

interface DocumentedAnswer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, object>>;
}

export interface GivenAnswer {
  readonly method: string;
  /** As it was asked for; its query is not looked at. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Checks that an answer is one of those that the document announces, and nothing more than that. */
export class OpenApiChecker {
  readonly #document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false });
  readonly #routes: readonly Route[];

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#ajv.addSchema(closed(document), "openapi");
    this.#routes = routesOf(document);
  }

  /** The ids of all operations. */
  get operations(): readonly string[] {
    return this.#routes.map(({ operation }) => operation.operationId);
  }

  /** The id of the operation that takes a request. */
  operationOf(method: string, path: string): string | undefined {
    return this.#routeOf(method, path)?.operation.operationId;
  }

  /** What is wrong with an answer, in words; empty where nothing is. */
  check({ method, path, status, contentType, body }: GivenAnswer): readonly string[] {
    const route = this.#routeOf(method, path);
    if (route === undefined) return [`${method} ${path} is no operation`];
    const place = this.#placeOf(route, status);
    if (place === undefined) return [`${route.operation.operationId} announces no ${status}`];
    const { content, pointer } = place;
    if (content === undefined) return body === "" ? [] : [`${status} announces no body`];

    const type = contentType?.split(";")[0] ?? "";
    if (content[type] === undefined) return [`${status} announces no ${type}`];
    const isJson = type === "application/json" || type.endsWith("+json");
    const validate = this.#validatorAt([...pointer, "content", type, "schema"]);
    const isValid = validate(isJson ? JSON.parse(body) : body);
    return isValid ? [] : (validate.errors ?? []).map(toWords);
  }

  /** What is wrong with an event of a stream; the document has its schema as `x-sse-events`. */
  checkEvent(path: string, type: string, message: string): readonly string[] {
    const route = this.#routeOf("GET", path);
    if (route === undefined) return [`GET ${path} is no operation`];
    const validate = this.#validatorAt([...route.pointer, "x-sse-events", type]);
    return validate(JSON.parse(message)) ? [] : (validate.errors ?? []).map(toWords);
  }

  #routeOf(method: string, path: string): Route | undefined {
    const [plain = ""] = path.split("?", 1);
    const fitting = this.#routes.filter((r) => r.method === method && r.pattern.test(plain));
    return fitting.toSorted((a, b) => a.parameters - b.parameters)[0]; // `graph` before `{env}`
  }

  #placeOf({ operation, pointer }: Route, status: number): Place | undefined {
    const range = `${Math.floor(status / 100)}XX`;
    const name = [String(status), range].find((key) => operation.responses[key] !== undefined);
    const answer = operation.responses[name ?? ""];
    if (name === undefined || answer === undefined) return undefined;
    if (answer.$ref === undefined) {
      return { content: answer.content, pointer: [...pointer, "responses", name] };
    }
    const shared = answer.$ref.split("/").at(-1) ?? "";
    const { content } = this.#document.components.responses[shared] ?? {};
    return { content, pointer: ["components", "responses", shared] };
  }

  #validatorAt(pointer: readonly string[]): ValidateFunction {
    const fragment = pointer
      .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")))
      .join("/");
    const validate = this.#ajv.getSchema(`openapi#/${fragment}`);
    if (validate === undefined) throw new Error(`the document has nothing at ${fragment}`);
    return validate;
  }
}

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  /** How many parameters its path has. */
  readonly parameters: number;
  readonly operation: Operation;
  readonly pointer: readonly string[];
}

interface Place {
  readonly content: DocumentedAnswer["content"];
  readonly pointer: readonly string[];
}

function routesOf({ paths }: OpenApiDocument): readonly Route[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: toPattern(path),
      parameters: path.split("{").length - 1,
      operation,
      pointer: ["paths", path, method],
    })),
  );
}

/** `/v1` may be left out where the interface has the alias; the tail of a key may have slashes. */
function toPattern(path: string): RegExp {
  const source = path
    .replaceAll(".", "\\.")
    .replace(/\{key\}$/, ".+")
    .replaceAll(/\{\w+\}/g, "[^/]+")
    .replace(/^\/v1\/configs/, "(?:/v1)?/configs");
  return new RegExp(`^${source}$`);
}

/**
 * The document with every object closed that does not say otherwise: clients have to expect more
 * members than are announced, and this server shall announce all that it gives.
 */
function closed(document: OpenApiDocument): object {
  const text = JSON.stringify(document);
  return JSON.parse(text, (_key, value: unknown) => {
    const isOpen =
      typeof value === "object" &&
      value !== null &&
      "properties" in value &&
      "type" in value &&
      !("additionalProperties" in value);
    return isOpen ? { ...value, additionalProperties: false } : value;
  }) as object; // an object went in
}

function toWords({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`;
}
