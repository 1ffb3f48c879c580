import { expect, test } from "vitest";
import { drawTree } from "../src/output/tree.ts";

test("keys are drawn below their folders, in their order", () => {
  const text = drawTree("production/ml-service", [
    { segments: ["db-url"], note: undefined },
    { segments: ["inference", "secrets", "api-key"], note: "(sensitive)" },
    { segments: ["inference", "timeout-seconds"], note: "30" },
    { segments: ["training", "dataset"], note: "a\nb" },
  ]);

  expect(text).toBe(`production/ml-service
├─ db-url
├─ inference/
│  ├─ secrets/
│  │  └─ api-key = (sensitive)
│  └─ timeout-seconds = 30
└─ training/
   └─ dataset = a b
`);
});

test("a key cannot move the cursor or add a line of its own", () => {
  const text = drawTree("base", [{ segments: ["a\u001b[2Jb"], note: "\u202e" }]);

  expect(text).toBe("base\n└─ a\ufffd[2Jb = \ufffd\n");
});

test("names of members that JavaScript objects have are names as any other", () => {
  const text = drawTree("base", [{ segments: ["constructor", "toString"], note: undefined }]);

  expect(text).toBe("base\n└─ constructor/\n   └─ toString\n");
});
