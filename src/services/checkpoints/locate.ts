/** Finding a checkpoint by its id, whatever its lineage. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { RunNotFound } from "../../domain/RunErrors.js"
import type { Lineage } from "../../runs/entry.js"
import { kinds } from "../../runs/entry.js"
import type { Snapshot } from "../../runs/snapshot.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"

/** A native checkpoint is found by its name in the index; one of LangGraph in the lineage that has it. */
export const locate = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  id: string
): Effect.Effect<Option.Option<Snapshot>, ReadError> =>
  Effect.gen(function* () {
    const named = yield* storage.named(id)
    if (Option.isSome(named)) {
      const found = yield* log.find(named.value.lineage, id)
      return Option.fromNullable(found.snapshot)
    }
    const [listed] = yield* storage.list({ id, holds: [], limit: 1 })
    if (listed === undefined || listed.entry.kind !== kinds.checkpoint) return Option.none()
    return Option.some(yield* log.snapshot(listed.lineage, listed.epoch, listed.entry))
  })

export const locateOrFail = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  id: string
): Effect.Effect<Snapshot, ReadError | RunNotFound> =>
  Effect.flatMap(
    locate(log, storage, id),
    Option.match({
      onNone: () => new RunNotFound({ kind: "checkpoint", name: id }),
      onSome: (snapshot) => Effect.succeed(snapshot)
    })
  )

/** A checkpoint by the number of its entry. */
export const atNumber = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage,
  n: number
): Effect.Effect<Snapshot, ReadError | RunNotFound> =>
  Effect.gen(function* () {
    const [entry] = yield* storage.entries(lineage, [n])
    if (entry === undefined || entry.gone) {
      return yield* new RunNotFound({ kind: "checkpoint", name: `entry ${n} of ${lineage.thread}` })
    }
    const { epoch } = yield* storage.find(lineage, entry.id)
    return yield* log.snapshot(lineage, epoch, entry)
  })
