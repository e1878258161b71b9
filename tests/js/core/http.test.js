import assert from "node:assert/strict";
import { test } from "node:test";
import { giveUp, post, request } from "../../../static/js/core/http.js";

/**
 * The network, which gives each request this answer.
 * @param {import("node:test").TestContext} context @param {() => Response | Promise<Response>} answer
 */
const answering = (context, answer) =>
  context.mock.method(
    globalThis,
    "fetch",
    async (/** @type {string} */ _path, /** @type {RequestInit} */ init) => {
      const aborted = new Promise((_, reject) =>
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
      );
      return Promise.race([aborted, answer()]);
    },
  );

const never = () => new Promise(() => {});

test("an answer is a message, or a refusal with its sentence", async (context) => {
  answering(context, () => Response.json({ seed: 7 }));
  assert.deepEqual(await request("/api/recipe"), { seed: 7 });
  const error = { code: "full", message: "All places are taken.", field: "run" };
  answering(context, () => Response.json({ error }, { status: 503 }));
  await assert.rejects(post("/api/runs", {}), { name: "Error", ...error });
  answering(context, () => new Response("<html>", { status: 502 }));
  await assert.rejects(request("/api/recipe"), { code: "unknown", message: "The server answered 502." });
});

test("a missing server and an incomplete answer are reported as unreachable", async (context) => {
  answering(context, () => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(request("/api/recipe"), { code: "unreachable" });
  const broken = new ReadableStream({ start: (stream) => stream.error(new TypeError("network error")) });
  answering(context, () => new Response(broken));
  await assert.rejects(request("/api/recipe"), { code: "unreachable" });
});

test("all requests that wait for a silent server can be ended; later requests are not affected", async (context) => {
  answering(context, never);
  const waiting = [
    request("/api/recipe"),
    post("/api/runs", {}),
    post("/api/runs", {}, new AbortController().signal),
  ];
  giveUp();
  for (const each of waiting) await assert.rejects(each, { code: "unreachable" });
  answering(context, () => Response.json({ seed: 7 }));
  assert.deepEqual(await request("/api/recipe"), { seed: 7 });
});

test("a request that its caller stops is reported as stopped", async (context) => {
  answering(context, never);
  const controller = new AbortController();
  const stopped = post("/api/runs", {}, controller.signal);
  controller.abort();
  await assert.rejects(stopped, { code: "stopped" });
});
