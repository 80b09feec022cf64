/** `aegis checkpoint tag REF NAME`: names a checkpoint for good, or with `--delete` takes such a name away. */
import * as Effect from "effect/Effect"
import { TagReport } from "../domain/RunListings.js"
import { RunNotFound } from "../domain/RunErrors.js"
import { CheckpointStore } from "../services/CheckpointStore.js"
import { Output } from "./Output.js"
import { meant, type RefOptions } from "./refOptions.js"
import { operand } from "./textInput.js"
import { chosen } from "./views/facts.js"

const view = ({ deleted, id, tag, thread }: TagReport): Effect.Effect<string> =>
  Effect.succeed(
    deleted
      ? `took tag ${chosen(tag)} from ${id} in ${chosen(thread)}`
      : `tagged ${id} as ${chosen(tag)} in ${chosen(thread)}`
  )

export const checkpointTag = Effect.fn("aegis checkpoint tag")(function* (
  options: RefOptions & { readonly name: string; readonly delete: boolean }
) {
  const store = yield* CheckpointStore
  const output = yield* Output
  const tag = yield* operand(options.name)
  const { id, lineage } = yield* meant(options)
  const { thread } = lineage
  if (!options.delete) {
    yield* store.tag(id, tag)
    return yield* output.emit(TagReport, { tag, thread, id, deleted: false }, view)
  }
  const there = (yield* store.refs(thread)).find(({ kind, name }) => kind === "tag" && name === tag)
  if (there === undefined) return yield* new RunNotFound({ kind: "tag", name: tag })
  yield* store.untag(thread, tag)
  yield* output.emit(TagReport, { tag, thread, id: there.id, deleted: true }, view)
})
