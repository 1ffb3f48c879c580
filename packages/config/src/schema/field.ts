import type { Json } from "@llmcfg/core";
import * as z from "zod";
import { ConfigError } from "../errors.ts";
import { parseDecimal } from "../values/decimal.ts";
import { Duration } from "../values/duration.ts";
import { compileGlob, type GlobDialect } from "../values/glob.ts";
import { isSecretRef, literalSecret } from "../values/secret-handle.ts";
import type { SecretRef, Text } from "../values/secret-ref.ts";
import { parseSize } from "../values/size.ts";
import { parseTime } from "../values/time.ts";
import { type MaterialCheck, type MaterialRules, withMaterialRules } from "./annotations.ts";
import { remembering } from "./parse-memory.ts";
import { checkUrl } from "./url-check.ts";

/** Field builders: zod types that carry kind, bounds and annotations. */
export interface FieldBuilders {
  /** `30s`, `1h 30m`: a {@link Duration}. Give a default with `prefault`, for it is text. */
  duration(bounds?: DurationBounds): z.ZodType<Duration, string>;
  /** Bytes: a whole number, or `10MiB`, `10 KB`. */
  size(bounds?: NumberBounds): z.ZodType<number, number | string>;
  /** An amount that is not negative, as canonical text: never a binary fraction. */
  decimal(): z.ZodType<string, number | string>;
  /** A date-time of RFC 3339, as it is written. */
  time(): z.ZodType<string, string>;
  /** 1–64 of lower-case letters, digits, `.`, `_` and `-`, a letter or digit first. */
  id(): z.ZodType<string, string>;
  /** Text that may hold references; with `${secret:…}` in it, it is a handle. See `revealText`. */
  text(): z.ZodType<Text, string>;
  /** As `text`, and an absolute URL. */
  url(options?: UrlOptions): z.ZodType<Text, string>;
  /** Always a handle, that no printer shows. */
  secret(options?: SecretOptions): z.ZodType<SecretRef, string>;
  /** Path, or reference to the content itself. */
  material(options?: Pick<SecretOptions, "check">): z.ZodType<SecretRef, string>;
  /** A pattern that `compileGlob` takes; `flat` unless it is said. */
  glob(dialect?: GlobDialect): z.ZodType<string, string>;
  /** Text whose unquoted spelling as a number is kept: `version: 1.10`. */
  lexical(): z.ZodType<string, string>;
  /** Any value; strings inside follow the rules of `text`. */
  json(): z.ZodType<Json, Json>;
  /** Enum with aliases; the output is always canonical. */
  choice<const V extends readonly [string, ...string[]]>(
    values: V,
    aliases?: Readonly<Record<string, V[number]>>,
  ): z.ZodType<V[number], string>;
  /**
   * An object that may be left out, and then has the defaults of its members: each MUST have one.
   * All that leave it out have the same object.
   */
  section<S extends z.ZodObject>(object: S): z.ZodPrefault<S>;
  /** A list whose items have names, by which layers and variables change single ones. */
  keyedList<I extends z.ZodType>(
    item: I,
    options: { readonly key: string; readonly max?: number },
  ): z.ZodType<z.output<I>[], z.input<I>[]>;
}

/** The shortest and the longest time that is allowed, as texts: `1s`, `1h`. */
export interface DurationBounds {
  readonly min?: string;
  readonly max?: string;
}

/** The smallest and the largest number that is allowed, both included. */
export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
}

/** Which URLs are allowed. */
export interface UrlOptions {
  readonly schemes?: readonly string[];
  /** Runs on absolute URLs with one of the schemes. */
  readonly check?: MaterialCheck;
}

/** What the value of a secret has to be like. A message never quotes it. */
export interface SecretOptions {
  readonly minBytes?: number;
  readonly check?: MaterialCheck;
  /** Whether a literal is no secret: the URL of a service without user info. */
  readonly isPublic?: (literal: string) => boolean;
}

/**
 * Builders of fields: zod types that carry kind, bounds and rules of a configuration.
 *
 * Each builder annotates the type that it has just made: `.meta()` would make another one of it.
 */
export const field: FieldBuilders = {
  duration: (bounds = {}) => {
    const check = durationCheck(bounds);
    const note = boundsText(bounds.min, bounds.max);
    return parsed("duration", STRING, (text) => check(Duration.parse(text)), note);
  },

  size: (bounds = {}) => {
    const note = boundsText(bounds.min, bounds.max);
    const check = (bytes: number) => {
      const isWithin = bytes >= (bounds.min ?? 0) && bytes <= (bounds.max ?? bytes);
      if (!isWithin) throw outOfRange(`the size ${bytes}`, note ?? "");
      return bytes;
    };
    return parsed("size", NUMBER_OR_STRING, (value) => check(parseSize(value)), note);
  },

  decimal: () => parsed("decimal", NUMBER_OR_STRING, parseDecimal),
  time: () => parsed("time", STRING, parseTime),
  id: () =>
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, ID_FORM)
      .register(z.globalRegistry, { "x-kind": "id" }),
  text: () => textType("text"),

  url: ({ schemes, check: further } = {}) => {
    const check: MaterialCheck = (text) => checkUrl(text, schemes) ?? further?.(text);
    return withMaterialRules(textType("url", check), { check });
  },

  secret: (options = {}) =>
    handleType("secret", { check: secretCheck(options), isPublic: options.isPublic }),
  material: ({ check } = {}) => handleType("material", { check }),

  glob: (dialect = "flat") => {
    const check = (pattern: string) => {
      compileGlob(pattern, dialect);
      return pattern;
    };
    return parsed("glob", STRING, check);
  },

  lexical: () => z.string().register(z.globalRegistry, { "x-kind": "string", "x-lexical": true }),
  json: () => z.unknown().register(z.globalRegistry, { "x-kind": "json" }) as z.ZodType<Json, Json>, // documents are JSON

  choice: (values, aliases = {}) => {
    const canonical = new Map(Object.entries(aliases));
    const accepted: string[] = [...values, ...canonical.keys()];
    return z
      .pipe(
        z.enum(accepted),
        z.transform((value) => canonical.get(value) ?? value),
      )
      .register(z.globalRegistry, { "x-kind": "enum", "x-values": values });
  },

  section: (object) => {
    const nothing = {} as z.input<typeof object>; // no member has to be given
    return z.prefault(remembering(object), nothing);
  },

  keyedList: (item, { key, max }) => {
    const items = z.array(remembering(item));
    const list = max === undefined ? items : items.max(max);
    return list.register(z.globalRegistry, { "x-kind": "keyed list", "x-key": key });
  },
};

/** What others are read from: one for all of them, since nothing is said of it. */
const STRING = z.string();
const NUMBER_OR_STRING = z.union([z.number(), STRING]);

const ID_FORM =
  'is no id: 1 to 64 lower-case letters, digits, ".", "_" and "-", the first a letter or a digit';

/** A type whose text is read by `parse`; what that throws becomes the issue. */
function parsed<I, O>(
  kind: string,
  input: z.ZodType<I, I>,
  parse: (value: I) => O,
  bounds?: string,
): z.ZodType<O, I> {
  const read = z.transform((value: I, context): O => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { code, message, hint } = error;
      context.addIssue({ code: "custom", message, params: { code, hint } });
      return z.NEVER;
    }
  });
  return z
    .pipe(input, read)
    .register(
      z.globalRegistry,
      bounds === undefined ? { "x-kind": kind } : { "x-kind": kind, "x-bounds": bounds },
    );
}

function durationCheck({ min, max }: DurationBounds): (value: Duration) => Duration {
  const least = min === undefined ? 0 : Duration.parse(min).ms;
  const most = max === undefined ? Number.POSITIVE_INFINITY : Duration.parse(max).ms;
  return (value) => {
    if (value.ms >= least && value.ms <= most) return value;
    throw outOfRange(`the duration ${value.toString()}`, boundsText(min, max) ?? "");
  };
}

function outOfRange(what: string, bounds: string): ConfigError {
  return new ConfigError("out_of_range", `${what} is out of range: expected ${bounds}`);
}

function boundsText(min?: string | number, max?: string | number): string | undefined {
  if (min === undefined) return max === undefined ? undefined : `≤ ${max}`;
  return max === undefined ? `≥ ${min}` : `${min}–${max}`;
}

/** Marks the issue of a value that is missing, or no text. */
const NOT_TEXT = { code: "expected_text" };

/** Text is checked here; what a handle resolves to is checked once it is resolved. */
function textType(kind: "text" | "url", check?: MaterialCheck): z.ZodType<Text, string> {
  const text = z.custom<Text>(isText, { error: "expected text", params: NOT_TEXT });
  const checked =
    check === undefined
      ? text
      : text.superRefine((value, context) => {
          const fault = typeof value === "string" ? check(value) : undefined;
          if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
        });
  return checked.register(z.globalRegistry, { "x-kind": kind }) as z.ZodType<Text, string>; // handles come from references alone
}

function handleType(
  kind: "secret" | "material",
  rules: MaterialRules,
): z.ZodType<SecretRef, string> {
  const type = z
    .pipe(
      z.custom<Text>(isText, { error: "expected a reference or text", params: NOT_TEXT }),
      z.transform((value) => (typeof value === "string" ? literalSecret(value) : value)),
    )
    .register(z.globalRegistry, { "x-kind": kind });
  const handle = type as z.ZodType<SecretRef, string>; // handles come from references alone
  return withMaterialRules(handle, rules);
}

function isText(value: unknown): value is Text {
  return typeof value === "string" || isSecretRef(value);
}

function secretCheck({ minBytes, check }: SecretOptions): MaterialCheck {
  return (material) => {
    if (material === "") return "the secret is empty";
    if (Buffer.byteLength(material) < (minBytes ?? 0)) return `fewer than ${minBytes} bytes`;
    return check?.(material);
  };
}
