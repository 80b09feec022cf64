/**
 * Answers of providers by the request that they answer. Owns: that an answer is given back as it was kept, or not at all. Does not own:
 * which requests are the same, which answers are kept, and which are young enough (Responses).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Hash } from "../domain/Hash.js"
import { ByteLru } from "./ByteLru.js"

/** An answer. `frames` are the pieces in which its body came; `at` is when it ended, in milliseconds since the epoch. */
export interface KeptResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly frames: ReadonlyArray<Uint8Array>
  readonly at: number
}

export class ResponseStore extends Context.Tag("aegis/ResponseStore")<
  ResponseStore,
  {
    /** The last answer that was kept for a request. A store that cannot be read, and an answer that is damaged, are nothing. */
    readonly get: (namespace: string, key: Hash) => Effect.Effect<KeptResponse | undefined>
    /** Keeps an answer instead of the last one. A store that cannot write forgets; it never fails a caller. */
    readonly put: (namespace: string, key: Hash, response: KeptResponse) => Effect.Effect<void>
  }
>() {}

/** Bytes of all bodies that are kept; the oldest go first. */
export const maxBytes = 256 * 1024 * 1024
/** What an answer takes beside its body. */
const besides = 1024

/** The bytes of a body. */
export const sizeOf = ({ frames }: Pick<KeptResponse, "frames">): number =>
  frames.reduce((sum, { byteLength }) => sum + byteLength, 0)

export const makeMemory = (limit = maxBytes): ResponseStore["Type"] => {
  const kept = new ByteLru<KeptResponse>(limit)
  const place = (namespace: string, key: Hash): string => `${key}\n${namespace}`
  return {
    get: (namespace, key) => Effect.sync(() => kept.get(place(namespace, key))),
    put: (namespace, key, response) =>
      Effect.sync(() => {
        // what is kept is nobody else's
        const frames = response.frames.map((frame) => Uint8Array.from(frame))
        kept.set(place(namespace, key), { ...response, frames }, sizeOf(response) + besides)
      })
  }
}

export const layerMemory: Layer.Layer<ResponseStore> = Layer.sync(ResponseStore, () => makeMemory())
