/** The way out of the short way: whatever is not a plain hit is left to the whole program, which begins anew. */
import * as Either from "effect/Either"

/** Not a fault, and never shown: the whole program says what there is to say. */
export class NotAPlainHit extends Error {}

export const giveUp = (why: string): never => {
  throw new NotAPlainHit(why)
}

/** The right side; without one this is not a plain hit. */
export const rightOr = <A>(either: Either.Either<A, unknown>, why: string): A =>
  Either.isRight(either) ? either.right : giveUp(why)
