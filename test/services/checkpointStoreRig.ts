/** Programs over the stores of runs, each in a namespace of its own. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { layerRuns, type RunStores } from "../../layers/RunStores.js"
import type { Checkpoint } from "../../src/domain/Checkpoint.js"
import type { GraphNode } from "../../src/domain/GraphNode.js"
import { CheckpointId, NodeId, ScaffoldId } from "../../src/domain/Ids.js"
import { ArtifactStore } from "../../src/services/ArtifactStore.js"
import { GraphNodeStore } from "../../src/services/GraphNodeStore.js"
import { ToolTraceStore } from "../../src/services/ToolTraceStore.js"
import { CheckpointStore, type SaveInput } from "../../src/services/CheckpointStore.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import { verifyRuns } from "../../src/services/runs/verify.js"
import { uuid } from "./runDrafts.js"
import { fresh, type Storage } from "./runStorages.js"

export { ArtifactStore, CheckpointStore, GraphNodeStore, ToolTraceStore }

export const scaffoldId = ScaffoldId.make("11111111-1111-5111-8111-111111111111")
export const at = "2026-01-01T00:00:00.000Z"

export const stores = (storage: Storage): Layer.Layer<RunStores> =>
  layerRuns(Layer.succeed(RunStorage, storage))

/** A program over the stores of a namespace of its own. What it leaves there verifies. */
export const on = <A, E>(program: Effect.Effect<A, E, RunStores | Scope.Scope>) =>
  Effect.flatMap(fresh, (storage) =>
    Effect.andThen(Effect.scoped(Effect.provide(program, stores(storage))), verified(storage))
  )

export const verified = (storage: Storage) =>
  Effect.map(verifyRuns(storage), ({ problems }) => assert.deepStrictEqual(problems, []))

/** A program over the same namespace with nothing remembered. */
export const cold = <A, E>(program: Effect.Effect<A, E, RunStores>) =>
  Effect.flatMap(RunStorage, (storage) => Effect.provide(program, Layer.fresh(stores(storage))))

export const create = (input: Partial<SaveInput> = {}) =>
  Effect.flatMap(CheckpointStore, (store) => store.create({ scaffoldId, state: {}, ...input }))

export const checkpointOf = (id: string, rest: Partial<Checkpoint> = {}): Checkpoint => ({
  id: CheckpointId.make(id),
  name: "given",
  scaffoldId,
  nodes: [],
  state: { a: 1 },
  createdAt: at,
  ...rest
})

export const nodeOf = (
  n: number,
  dependsOn: ReadonlyArray<number> = [],
  rest: Partial<GraphNode> = {}
): GraphNode => ({
  id: NodeId.make(uuid(n)),
  nodeType: "module",
  name: `node ${n}`,
  state: { n },
  inputs: {},
  outputs: {},
  dependsOn: dependsOn.map((each) => NodeId.make(uuid(each))),
  createdAt: at,
  ...rest
})

export const load = (id: string) =>
  Effect.flatMap(CheckpointStore, (store) =>
    Effect.map(store.load(id), (found) => Option.getOrThrowWith(found, () => new Error(`no ${id}`)))
  )
export const idsOf = (all: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  all.map(({ id }) => id)
export const history = (id: string) =>
  Effect.flatMap(CheckpointStore, (store) =>
    Effect.map(Stream.runCollect(store.history(id)), (all) => idsOf([...all]))
  )
export const log = (thread: string) =>
  Effect.flatMap(CheckpointStore, (store) =>
    Effect.map(Stream.runCollect(store.log(thread)), (all) => [...all])
  )
export const refs = (thread: string) =>
  Effect.flatMap(CheckpointStore, (store) =>
    Effect.map(store.refs(thread), (all) =>
      Object.fromEntries(all.filter(({ kind }) => kind !== "name").map(({ id, name }) => [name, id]))
    )
  )

/** Its facts are these, whatever else it says. */
export const includes = (actual: object, facts: Readonly<Record<string, unknown>>): void =>
  assert.deepInclude(actual, facts)

export const failure = <A, E extends { readonly _tag: string }, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<E, never, R> => Effect.orDieWith(Effect.flip(self), () => new Error("it did not fail"))

/** Entries of all lineages, and the bytes that they hold. */
export const size = Effect.flatMap(RunStorage, (storage) =>
  Effect.map(storage.lineages(), (all) => ({
    entries: all.reduce((sum, { n }) => sum + n, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0)
  }))
)

export const nested = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = [value]
  return value
}
export const depthOf = (value: unknown): number => {
  let depth = 0
  for (let inner = value; Array.isArray(inner); inner = inner[0] as unknown) depth += 1
  return depth
}
