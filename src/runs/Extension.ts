/** Objects of other people's classes, as the codec of values asks for them. */
import type * as Either from "effect/Either"
import type { ValueReason } from "../domain/RunErrors.js"

/** Why an object cannot be stored or be made again; `what` names its class. */
export interface Refusal {
  readonly reason: ValueReason
  readonly what?: string | undefined
}

/** What is stored of an object: `content` is stored as any other value is, so it may hold anything that can be. */
export interface Named {
  readonly name: string
  readonly content: unknown
}

/** Neither function is given a plain object, an array or a primitive: those are data, whatever they look like. */
export interface Extension {
  /** Undefined for an object that it does not know. */
  readonly encode: (object: object) => Either.Either<Named, Refusal> | undefined
  /** Makes the object again. The name and the content are as hostile as the database may be. */
  readonly decode: (name: string, content: unknown) => Either.Either<unknown, Refusal>
}
