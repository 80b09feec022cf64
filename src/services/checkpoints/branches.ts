/** Which branch a checkpoint goes on. */
import * as Effect from "effect/Effect"
import { CheckpointCycle, NameTaken, type RunNotFound } from "../../domain/RunErrors.js"
import type { Draft, Lineage, Ref } from "../../runs/entry.js"
import type { Snapshot } from "../../runs/snapshot.js"
import type { ReadError, RunLog } from "../RunLog.js"
import type { RunStorage } from "../RunStorage.js"
import { atNumber, locate } from "./locate.js"
import { branchOf, nativePath } from "./native.js"
import * as Option from "effect/Option"

export interface Going {
  readonly id: string
  readonly lineage: Lineage
  readonly parent: Snapshot | undefined
  readonly isUponTip: boolean
  readonly from: string
  readonly asked: string | undefined
  /** The branch that was named, be it that of the parent. */
  readonly given: string | undefined
  /** What the id stands for so far. */
  readonly there: Snapshot | undefined
}

export interface Branch {
  readonly name: string
  readonly refs: NonNullable<Draft["refs"]>
}

/**
 * The branch of a checkpoint, and where it has to end before: at the parent, or nowhere. A checkpoint upon one that is no
 * longer the tip gets a branch of its own, unless it asked for one by name: that is taken then.
 */
export const branchFor = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  refs: ReadonlyArray<Ref>,
  going: Going
): Effect.Effect<Branch, ReadError | CheckpointCycle | NameTaken | RunNotFound> =>
  Effect.gen(function* () {
    const { asked, from, id, isUponTip, lineage, parent, there } = going
    const tipOf = (name: string): number =>
      refs.find((ref) => ref.kind === "branch" && ref.name === name)?.n ?? 0
    const moved = (name: string, n: number): Branch => ({ name, refs: [{ kind: "branch", name, from: n }] })
    if (there !== undefined) return yield* ofRevision(log, storage, going, there, tipOf)
    const name = asked ?? from
    if (isUponTip) return moved(name, parent?.n ?? 0)
    const tip = tipOf(name)
    const isHere = parent?.lineage.thread === lineage.thread
    // LangGraph names no branches: what is saved beside its checkpoints is one line
    if (tip === 0 || (isHere && (parent.lineage.path !== nativePath || parent.n === tip))) {
      return moved(name, tip)
    }
    if (asked !== undefined) return yield* taken(log, storage, lineage, name, tip)
    const own = `${from}-${id.slice(0, 8)}`
    return moved(tipOf(own) === 0 ? own : `${from}-${id}`, 0)
  })

/** A checkpoint that is saved again stays on its branch, and is its tip if it was. */
const ofRevision = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  { given, id, lineage, parent }: Going,
  there: Snapshot,
  tipOf: (name: string) => number
): Effect.Effect<Branch, ReadError | CheckpointCycle | NameTaken | RunNotFound> =>
  Effect.gen(function* () {
    if (parent !== undefined && parent.id !== there.parent) yield* noCycle(log, storage, id, parent)
    const former = branchOf(there)
    const name = given ?? former ?? "main"
    const tip = tipOf(name)
    if (tip === 0 || tip === there.n || tip === parent?.n) {
      return { name, refs: [{ kind: "branch", name, from: tip }] }
    }
    return name === former ? { name, refs: [] } : yield* taken(log, storage, lineage, name, tip)
  })

const taken = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  lineage: Lineage,
  name: string,
  tip: number
): Effect.Effect<never, ReadError | NameTaken | RunNotFound> =>
  Effect.flatMap(
    atNumber(log, storage, lineage, tip),
    ({ id }) => new NameTaken({ kind: "branch", name, id })
  )

/** No checkpoint comes from itself. */
const noCycle = (
  log: RunLog["Type"],
  storage: RunStorage["Type"],
  id: string,
  parent: Snapshot
): Effect.Effect<void, ReadError | CheckpointCycle> =>
  Effect.gen(function* () {
    const path = [id]
    for (let at: Snapshot | undefined = parent; at !== undefined && !path.slice(1).includes(at.id);) {
      path.push(at.id)
      if (at.id === id) return yield* new CheckpointCycle({ path })
      const next: Option.Option<Snapshot> =
        at.parent === undefined ? Option.none() : yield* locate(log, storage, at.parent)
      at = Option.getOrUndefined(next)
    }
  })
