/** The native endpoints of local servers: JSON over fetch, inside Effect. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { JsonObject } from "../../../src/domain/Json.js"

export interface Native {
  readonly get: (path: string) => Effect.Effect<unknown, unknown>
  readonly post: (path: string, body: JsonObject) => Effect.Effect<unknown, unknown>
}

/** Fails with what `toFailure` reads: an object with status, headers and the error's body, or what fetch threw. */
export const makeNative = (options: {
  readonly root: string
  readonly key: Option.Option<Redacted.Redacted>
  readonly fetch: Effect.Effect<typeof globalThis.fetch>
}): Native => {
  const request = (method: string, path: string, body?: JsonObject): Effect.Effect<unknown, unknown> =>
    Effect.flatMap(options.fetch, (fetch) =>
      Effect.tryPromise({
        try: async (signal) => {
          const response = await fetch(`${options.root}${path}`, {
            method,
            signal,
            headers: {
              ...(body === undefined ? {} : { "content-type": "application/json" }),
              ...Option.match(options.key, {
                onNone: () => ({}),
                onSome: (key) => ({ authorization: `Bearer ${Redacted.value(key)}` })
              })
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) })
          })
          const text = await response.text()
          if (!response.ok) {
            // rejected, not thrown as an Error: only its shape is read
            return Promise.reject({ status: response.status, headers: response.headers, error: parsed(text) })
          }
          return text === "" ? undefined : (JSON.parse(text) as unknown)
        },
        catch: (thrown) => thrown
      })
    )
  return {
    get: (path) => request("GET", path),
    post: (path, body) => request("POST", path, body)
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return { message: "" }
  }
}

/**
 * `fetch` whose error bodies are nested as the OpenAI SDK expects them. SGLang answers {object: "error", message, …}
 * without an `error` around it, and the SDK would throw the reason away.
 */
export const nestingErrors =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (response.ok) return response
    const text = await response.text()
    const body = parsed(text)
    const nested = typeof body === "object" && body !== null && "error" in body
    return new Response(nested ? text : JSON.stringify({ error: body }), {
      status: response.status,
      headers: response.headers
    })
  }
