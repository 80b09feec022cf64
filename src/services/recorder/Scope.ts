/**
 * Where in a run a fiber is. A fiber has a way of its own within its node: the numbers of the forks that lead to it. Forks are counted
 * by the fiber that forks, so the way is the same however fibers are scheduled.
 */
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import type * as Random from "effect/Random"
import type { ActiveNode } from "./ActiveNode.js"

export interface Scope {
  readonly node: ActiveNode
  readonly way: string
  forks: number
  /** How often this fiber asked for the same. */
  readonly asked: Map<string, number>
  random: Random.Random | undefined
}

export const makeScope = (node: ActiveNode, way = ""): Scope => ({
  node,
  way,
  forks: 0,
  asked: new Map(),
  random: undefined
})

const forked = (scope: Scope | undefined): Scope | undefined => {
  if (scope === undefined) return undefined
  const number = scope.forks++
  return makeScope(scope.node, scope.way === "" ? `${number}` : `${scope.way}.${number}`)
}

export const current: FiberRef.FiberRef<Scope | undefined> = globalValue(
  Symbol.for("aegis/recorder/Scope"),
  () =>
    FiberRef.unsafeMake<Scope | undefined>(undefined, {
      fork: forked,
      // what a fiber counted is its own
      join: (parent) => parent
    })
)

/** The ordinal of what is asked for among all that this fiber asked for of the same name. */
export const ordinal = (scope: Scope, name: string): number => {
  const times = scope.asked.get(name) ?? 0
  scope.asked.set(name, times + 1)
  return times
}
