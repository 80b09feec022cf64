/** Reading a scaffold back from the store alone, every digest checked. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Hash } from "../domain/Hash.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import type { SchemaTooNew, StoreError } from "../domain/StoreErrors.js"
import { BlockText } from "../prompt/compile.js"
import { sha256 } from "../prompt/digest.js"
import { subjectOf } from "./explainMiss.js"
import { type Parameters, toResolved } from "./resolved.js"
import type { ScaffoldStorage, WholeRow } from "./ScaffoldStorage.js"
import { problemOf, read } from "./storedScaffold.js"

/** What is wrong with a row: its own digest or that of its header. */
export const rowProblem = (namespace: string, hash: Hash, row: WholeRow): string | undefined =>
  problemOf(namespace, hash, row)?.message ??
  (sha256(row.header) === hash ? undefined : "The header is not the one that the key was made of.")

/** What is wrong with a block. */
export const blockProblem = (hash: Hash, content: string): string | undefined =>
  sha256(content) === hash ? undefined : "The content is not the one that the digest was made of."

/** The scaffold of a row, or none when the row or one of its blocks is not what was written. */
export const readScaffold = (
  storage: ScaffoldStorage["Type"],
  namespace: string,
  hash: Hash,
  row: WholeRow
): Effect.Effect<Option.Option<ResolvedScaffold>, StoreError | SchemaTooNew> =>
  Effect.gen(function* () {
    const subject = subjectOf(hash, row.header)
    if (subject === undefined || problemOf(namespace, hash, row) !== undefined) return Option.none()
    const found = yield* read(row)
    const contents = yield* storage.contents(subject.blocks.map((block) => block.hash))
    const blocks = subject.blocks.flatMap((block) => {
      const content = contents.get(block.hash)
      return content === undefined || blockProblem(block.hash, content) !== undefined
        ? []
        : [new BlockText({ ...block, content })]
    })
    if (Option.isNone(found) || blocks.length !== subject.blocks.length) return Option.none()
    const { context, stored } = found.value
    const { layout, marks, model, provider, rulepacks, seed, temperature } = subject.parameters
    const parameters = {
      model,
      rulepacks,
      temperature,
      provider,
      layout,
      ...(marks === undefined ? {} : { marks: marks.map(([block, ttl]) => ({ block, ttl })) }),
      ...(seed === null ? {} : { seed }),
      ...(context === null ? {} : { context })
      // the header's digest proves that it was written from a ResolveInput
    } as Parameters
    return Option.some(toResolved(stored, parameters, hash, blocks, "hit"))
  })
