/** Parses a large text in a thread, and leaves the parser as it is: the process must end by itself. */
import { TextParser } from "../../src/formats/text-parser.ts";

const parser = new TextParser();
const text = `a: [${"1, ".repeat(40_000)}1]\n`;
const origin = { kind: "file", file: "/a.yaml", realPath: "/a.yaml" } as const;
const { state } = await parser.parse(Buffer.from(text), { format: "yaml", origin });
if (state !== "ok") throw new Error(`it is ${state}`);
console.log(`parsed in a thread: ${parser.isThreaded}`);
