/** Names in a run: the tips of its branches, its tags, and the newest checkpoint of each name. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RunNotFound, ThreadDeleted } from "../../domain/RunErrors.js"
import { encodeBody } from "../../runs/body.js"
import { type Draft, type Kind, kinds, type Lineage, type Ref, type RefKind } from "../../runs/entry.js"
import type { Snapshot } from "../../runs/snapshot.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { atNumber } from "./locate.js"

export const refOf = (
  storage: RunStorage["Type"],
  lineage: Lineage,
  kind: RefKind,
  name: string
): Effect.Effect<Ref | undefined, ReadError> =>
  Effect.map(storage.refs(lineage), (refs) => refs.find((ref) => ref.kind === kind && ref.name === name))

export const tipOf = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage,
  branch: string
): Effect.Effect<Snapshot | undefined, ReadError | RunNotFound> =>
  Effect.flatMap(refOf(storage, lineage, "branch", branch), (ref) =>
    ref === undefined ? Effect.succeed(undefined) : atNumber(log, storage, lineage, ref.n)
  )

const empty = Buffer.from("{}")

/** An entry that only says what happened. */
export const event = (
  kind: Kind,
  id: string,
  at: number,
  facts: Readonly<Record<string, unknown>>
): Draft => ({
  kind,
  id,
  parent: undefined,
  at,
  meta: empty,
  body: encodeBody(JSON.stringify(facts), new Map()),
  chunks: []
})

/** Writes into the log that a name now points to a checkpoint. */
export const point = (
  storage: RunStorage["Type"],
  { id, lineage, n }: Snapshot,
  kind: "branch" | "tag",
  name: string
): Effect.Effect<void, ReadError | ThreadDeleted> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) =>
    Effect.asVoid(
      storage.append(lineage, [{ ...event(kinds[kind], id, at, { name }), refs: [{ kind, name, n }] }])
    )
  )
