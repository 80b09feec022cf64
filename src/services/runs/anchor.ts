/** Anchors: where all logs stand, in a text that is kept elsewhere. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { RunAnchors } from "../../domain/RunReports.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { canonicalJson } from "../../prompt/canonical.js"
import { compareNames } from "../../runs/packed.js"
import type { RunStorage } from "../RunStorage.js"

/** The heads of all lineages, or of those of one thread. */
export const anchorRuns = (
  storage: RunStorage["Type"],
  thread?: string
): Effect.Effect<RunAnchors, StoreError> =>
  Effect.map(storage.lineages(thread), (lineages) => ({
    version: 1 as const,
    namespace: storage.namespace,
    heads: lineages
      .map(({ chain, n, path, thread: name }) => ({
        thread: name,
        path,
        n,
        chain: Buffer.from(chain).toString("hex")
      }))
      .sort((one, other) => compareNames(one.thread, other.thread) || compareNames(one.path, other.path))
  }))

/** Anchors as one line of canonical JSON: equal stores have equal lines. */
export const anchorsText = (anchors: RunAnchors): string =>
  // a name that is not well formed has no canonical JSON; JSON has an escape for it
  `${Either.getOrElse(canonicalJson(anchors), () => JSON.stringify(anchors))}\n`

/** Anchors out of their text. */
export const readAnchors = Schema.decodeUnknown(Schema.parseJson(RunAnchors))
