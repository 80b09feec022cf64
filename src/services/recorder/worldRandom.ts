/** The random numbers of a run: they follow from its seed, and from who asks. Nothing of them needs to be recorded. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Random from "effect/Random"
import { current, type Scope } from "./Scope.js"

const ownOf = (scope: Scope): Random.Random =>
  (scope.random ??= Random.make(`${scope.node.run.seed} ${scope.node.chance} ${scope.way}`))

export const makeWorldRandom = (random: Random.Random): Random.Random => {
  const own = Effect.map(FiberRef.get(current), (scope) => (scope === undefined ? random : ownOf(scope)))
  return {
    [Random.RandomTypeId]: Random.RandomTypeId,
    next: Effect.flatMap(own, ({ next }) => next),
    nextBoolean: Effect.flatMap(own, ({ nextBoolean }) => nextBoolean),
    nextInt: Effect.flatMap(own, ({ nextInt }) => nextInt),
    nextRange: (min, max) => Effect.flatMap(own, (each) => each.nextRange(min, max)),
    nextIntBetween: (min, max) => Effect.flatMap(own, (each) => each.nextIntBetween(min, max)),
    shuffle: (elements) => Effect.flatMap(own, (each) => each.shuffle(elements))
  }
}
