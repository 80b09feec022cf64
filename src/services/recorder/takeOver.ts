/** Takes nodes as they were recorded into the run that goes on. */
import * as Effect from "effect/Effect"
import { uuidOf } from "../../domain/Hash.js"
import type { NodeId } from "../../domain/Ids.js"
import type { RecordedNode } from "../../replay/Recording.js"
import type { RecordError } from "../records/records.js"
import type { ActiveRun } from "./ActiveRun.js"
import { ended, keep, verdictOf } from "./carryOut.js"

/** The id in this run of what is at a way. */
export const idAt = (run: ActiveRun, way: string): NodeId => {
  const known = run.ids.get(way)
  if (known !== undefined) return known
  const id = uuidOf("node", `${run.id}\n${way}`) as NodeId // a UUID, as those ids are
  run.ids.set(way, id)
  return id
}

/** Nodes that were taken over are kept at the latest when there are so many. */
const manyPending = 256

const renamed = (uses: RecordedNode["uses"], wayNow: (then: string) => string): RecordedNode["uses"] => {
  const all = Object.entries(uses)
  return all.length === 0 ? uses : Object.fromEntries(all.map(([then, digest]) => [wayNow(then), digest]))
}

/** Takes a recorded node, with all in it, as that which is at another way in this run. */
export const takeOver = (
  run: ActiveRun,
  past: RecordedNode,
  { outer, way }: Pick<RecordedNode, "way" | "outer">
): Effect.Effect<void, RecordError> =>
  Effect.suspend(() => {
    const { index } = run.pasts
    const nodes = index.within(past.way)
    const orders = nodes
      .flatMap(({ order, steps }) => [order, ...steps.map((step) => step.order)])
      .filter((order) => order >= 0)
      .sort((one, other) => one - other)
    const wayNow = (then: string): string =>
      then === past.way || then.startsWith(`${past.way}/`)
        ? `${way}${then.slice(past.way.length)}`
        : (run.became.get(then)?.way ?? then)
    const idNow = (id: NodeId): NodeId => {
      const then = index.wayOf(id)
      return then === undefined ? id : idAt(run, wayNow(then))
    }
    const take = (first: number): void => {
      // among the ends of this run, in the order that they had in theirs
      const places = new Map(orders.map((order, place) => [order, first + place]))
      const renumbered = (order: number): number => places.get(order) ?? order
      for (const node of nodes) {
        const now = wayNow(node.way)
        const id = idAt(run, now)
        run.pending.push({
          ...node,
          id,
          way: now,
          outer: now === way ? outer : wayNow(node.outer),
          order: renumbered(node.order),
          steps: node.steps.map((step) => ({ ...step, order: renumbered(step.order) })),
          dependsOn: node.dependsOn.map(idNow),
          uses: renamed(node.uses, wayNow)
        })
        if (node.digest !== undefined) ended(run, node, { id, way: now, digest: node.digest })
        run.verdicts.push(verdictOf(node, "REUSED"))
      }
    }
    return Effect.zipRight(
      run.gate.pass(take, orders.length),
      Effect.suspend(() => (run.pending.length < manyPending ? Effect.void : keep(run, 0, () => [])))
    )
  })
