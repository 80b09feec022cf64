/**
 * What DeltaChannels are made of: the writes of a checkpoint's ancestors, back to the nearest one that has the value. Ancestors
 * that were pruned are found by the note that the prune left in the log.
 */
import type { CheckpointPendingWrite, DeltaChannelHistory } from "@langchain/langgraph-checkpoint"
import * as Effect from "effect/Effect"
import { RunDamaged, type ValueError } from "../../src/domain/RunErrors.js"
import { type Entry, kinds, type Lineage } from "../../src/runs/entry.js"
import { empty } from "../../src/runs/manifest.js"
import type { Snapshot } from "../../src/runs/snapshot.js"
import type { ReadError, RunLog } from "../../src/services/RunLog.js"
import type { RunStorage } from "../../src/services/RunStorage.js"
import { ancestryIn } from "../../src/services/runs/ancestry.js"
import type { Codec } from "./codec.js"
import { fold } from "./pendingWrites.js"

type Histories = Record<string, DeltaChannelHistory>

export const deltaHistory = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  codec: Codec,
  lineage: Lineage,
  id: string | undefined,
  channels: ReadonlyArray<string>
): Effect.Effect<Histories, ReadError | ValueError> =>
  Effect.gen(function* () {
    /** From the newest write to the oldest. */
    const collected = new Map<string, Array<CheckpointPendingWrite>>(channels.map((name) => [name, []]))
    const seeds = new Map<string, unknown>()
    const open = new Set(channels)

    /** Takes what an ancestor wrote, then its values, with which the writes begin. */
    const visit = (
      ancestor: Snapshot,
      entries: ReadonlyArray<Entry>
    ): Effect.Effect<void, ReadError | ValueError> =>
      Effect.gen(function* () {
        const writes = fold(entries)?.filter(({ channel }) => open.has(channel))
        if (writes === undefined) {
          return yield* new RunDamaged({ what: `writes of checkpoint ${ancestor.id}` })
        }
        const values = yield* log.parts(writes.map(({ part }) => part))
        for (const [at, { channel, key }] of [...writes.entries()].reverse()) {
          const value = values[at]
          if (value === undefined) continue
          collected.get(channel)?.push([key[1], channel, yield* codec.decode(value)])
        }
        const seeded = [...open].filter(
          (name) => (ancestor.manifest.channels.get(name)?.n ?? empty) !== empty
        )
        for (const [name, value] of yield* log.channels(ancestor, seeded)) {
          seeds.set(name, yield* codec.decode(value))
          open.delete(name)
        }
      })

    /** The pruned ancestors of a checkpoint. The last one that was visited. */
    const visitPruned = (child: Snapshot): Effect.Effect<Snapshot | undefined, ReadError | ValueError> =>
      Effect.gen(function* () {
        const ancestry = ancestryIn(yield* storage.belonging(lineage, kinds.note, child.id)) ?? []
        let last: Snapshot | undefined
        for (const [n, writes] of ancestry) {
          if (open.size === 0) break
          const entries = yield* storage.entries(lineage, [n, ...writes])
          const checkpoint = entries.find((entry) => entry.n === n)
          if (checkpoint === undefined)
            return yield* new RunDamaged({ what: `entry ${n}, an ancestor of ${child.id}` })
          last = yield* log.snapshot(lineage, child.epoch, checkpoint)
          yield* visit(
            last,
            entries.filter((entry) => entry.n !== n).sort((one, other) => one.n - other.n)
          )
        }
        return last
      })

    let child = channels.length === 0 ? undefined : (yield* log.find(lineage, id)).snapshot
    const seen = new Set<string>()
    while (child?.parent !== undefined && open.size > 0 && !seen.has(child.parent)) {
      seen.add(child.parent)
      const found = yield* log.find(lineage, child.parent)
      if (found.snapshot !== undefined) yield* visit(found.snapshot, found.writes)
      child = found.snapshot ?? (yield* visitPruned(child))
    }
    return Object.fromEntries(
      channels.map((name): [string, DeltaChannelHistory] => [
        name,
        {
          writes: (collected.get(name) ?? []).reverse(),
          ...(seeds.has(name) ? { seed: seeds.get(name) } : {})
        }
      ])
    )
  })

export type { Histories }
