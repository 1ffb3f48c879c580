import { expect, test } from "vitest";
import { parseEntityTags } from "../../src/modules/configs/entity-tags.ts";

test.each([
  ["*", "*"],
  ['"a.j"', [{ opaque: "a.j", isWeak: false }]],
  [
    'W/"a" , "b,c"',
    [
      { opaque: "a", isWeak: true },
      { opaque: "b,c", isWeak: false },
    ],
  ],
  ['""', [{ opaque: "", isWeak: false }]],
])("RFC 9110 %s is read as it is meant", (field, expected) => {
  expect(parseEntityTags(field, "if-match")).toEqual(expected);
});

test.each(["", "a", '"a', '"a" "b"', '"a",', 'w/"a"', '"a b"', "*, *"])(
  "RFC 9110 %s is refused",
  (field) => {
    expect(() => parseEntityTags(field, "if-match")).toThrow(
      "if-match must be * or a list of quoted entity tags",
    );
  },
);
