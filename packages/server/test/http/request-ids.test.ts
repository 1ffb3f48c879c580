import { expect, test } from "vitest";
import { RequestIds } from "../../src/transport/http/request-ids.ts";

const MANY = 2_000;

test("API-13 ids of any number of requests are well formed and no two are alike", () => {
  const ids = new RequestIds();

  const requests = Array.from({ length: MANY }, () => ids.createRequestId());
  const traces = Array.from({ length: MANY }, () => ids.createTraceparent());

  expect(new Set(requests).size).toBe(MANY);
  expect(new Set(traces).size).toBe(MANY);
  for (const id of requests) expect(id).toMatch(/^req_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test("every digit of the alphabet occurs at every place of the random part", () => {
  const ids = new RequestIds();
  const places = Array.from({ length: 16 }, () => new Set<string>());

  for (let i = 0; i < MANY; i++) {
    for (const [place, digit] of ids.createRequestId().slice(14).split("").entries()) {
      places[place]?.add(digit);
    }
  }

  expect(places.map(({ size }) => size)).toEqual(Array.from({ length: 16 }, () => 32));
});

test("a request id says when it was made", () => {
  const ids = new RequestIds();

  // 1,469,918,176,385 ms is 01ARYZ6S41 in the ULID specification.
  expect(ids.createRequestId(1_469_918_176_385)).toMatch(/^req_01ARYZ6S41/);
});

test("a trace of the caller goes on under a span of ours", () => {
  const ids = new RequestIds();
  const theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  const { traceId, traceparent } = ids.traceOf(theirs);

  expect(traceId).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
  expect(traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  expect(traceparent).not.toBe(theirs);
});

test.each([
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
  "nonsense",
])("what is no trace begins one: %s", (header) => {
  const { traceId, traceparent } = new RequestIds().traceOf(header);

  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
});
