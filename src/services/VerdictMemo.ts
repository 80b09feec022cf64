/**
 * Verdicts by all that they depend on: what was judged once is not judged again. Owns: remembering. Does not own: judging, and
 * what verdicts depend on (Enforcer).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Finding } from "../domain/Compliance.js"
import type { Hash } from "../domain/Hash.js"
import { ByteLru } from "./ByteLru.js"

export class VerdictMemo extends Context.Tag("aegis/VerdictMemo")<
  VerdictMemo,
  {
    /** What was found, which may be nothing; undefined where nobody judged yet. A memo that cannot be read knows nothing. */
    readonly get: (key: Hash) => Effect.Effect<ReadonlyArray<Finding> | undefined>
    /** Remembers. A memo that cannot write forgets; it never fails a caller. */
    readonly put: (key: Hash, findings: ReadonlyArray<Finding>) => Effect.Effect<void>
  }
>() {}

const maxBytes = 16 * 1024 * 1024
const bytesOf = (findings: ReadonlyArray<Finding>): number =>
  findings.reduce((sum, { message, path }) => sum + 512 + 2 * (message.length + path.length), 256)

/** The last verdicts, within 16 MiB. */
export class VerdictMemory {
  readonly #verdicts = new ByteLru<ReadonlyArray<Finding>, Hash>(maxBytes)

  get(key: Hash): ReadonlyArray<Finding> | undefined {
    return this.#verdicts.get(key)
  }

  put(key: Hash, findings: ReadonlyArray<Finding>): void {
    this.#verdicts.set(key, findings, bytesOf(findings))
  }
}

export const makeMemory = (): VerdictMemo["Type"] => {
  const memory = new VerdictMemory()
  return {
    get: (key) => Effect.sync(() => memory.get(key)),
    put: (key, findings) => Effect.sync(() => memory.put(key, findings))
  }
}

export const layerMemory: Layer.Layer<VerdictMemo> = Layer.sync(VerdictMemo, makeMemory)
