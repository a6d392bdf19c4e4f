import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BYE,
  bytesOf,
  Conversation,
  HELLO,
  TEST_BEGIN,
  TEST_END,
  UNSENT,
} from "../../../fixtures/run/plugin-conversation.ts";

/** A plugin that has sent its hello, and holds what it says next in memory. */
function withUnsent(): { talk: Conversation; sent: number } {
  const hello = bytesOf([{ ...HELLO, unsent: UNSENT }]);
  const talk = new Conversation();
  talk.connection.receive(hello);
  return { talk, sent: hello.length };
}

test("what a plugin has not sent is heard once, also when it is sent after all", () => {
  const { talk, sent } = withUnsent();
  assert.deepEqual(talk.answers, [{ kind: "welcome", protocol: 2, engine: "0.1.0", readsUnsent: true }]);
  const [first, second, third] = [bytesOf([TEST_BEGIN]), bytesOf([TEST_END]), bytesOf([BYE])];
  talk.unsent = { begin: sent, bytes: first };
  talk.connection.hearUnsent();
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin"]);
  talk.unsent = { begin: sent, bytes: Buffer.concat([first, second]) };
  talk.connection.hearUnsent();
  talk.connection.hearUnsent();
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin", "test-end"]);
  talk.connection.receive(Buffer.concat([first, second, third]));
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin", "test-end", "process-end"]);
});

test("what follows bytes that are still on their way is not heard before these", () => {
  const { talk, sent } = withUnsent();
  const first = bytesOf([TEST_BEGIN]);
  talk.unsent = { begin: sent + first.length, bytes: bytesOf([TEST_END]) };
  talk.connection.hearUnsent();
  assert.deepEqual(talk.kinds(), ["process-begin"]);
  talk.connection.receive(first.subarray(0, 10));
  talk.connection.hearUnsent();
  talk.connection.receive(first.subarray(10));
  talk.connection.hearUnsent();
  assert.deepEqual(talk.kinds(), ["process-begin", "test-begin", "test-end"]);
});

test("what a process did not send before it died is heard at its end, however much of it had arrived", () => {
  const all = bytesOf([TEST_BEGIN, TEST_END, { ...TEST_BEGIN, test: "t.py::a[2]" }]);
  for (let arrived = 0; arrived <= all.length; arrived += 1) {
    const { talk, sent } = withUnsent();
    talk.connection.receive(all.subarray(0, arrived));
    talk.unsent = { begin: sent, bytes: all };
    talk.connection.end();
    assert.deepEqual(talk.kinds(), ["process-begin", "test-begin", "test-end", "test-begin", "process-lost"]);
  }
});
