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
  [
    ', "a",, "b" , ',
    [
      { opaque: "a", isWeak: false },
      { opaque: "b", isWeak: false },
    ],
  ],
])("RFC 9110 %s is read as it is meant", (field, expected) => {
  expect(parseEntityTags(field, "if-match")).toEqual(expected);
});

test.each(["", " , ", "a", '"a', '"a" "b"', 'w/"a"', 'W/ "a"', '"a b"', "*, *", '"a", *'])(
  "RFC 9110 %s is refused",
  (field) => {
    expect(() => parseEntityTags(field, "if-match")).toThrow(
      "if-match must be * or a list of quoted entity tags",
    );
  },
);
