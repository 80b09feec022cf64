/** The scaffolds that checkpoints belong to, as far as the cache still has them. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Hash } from "../domain/Hash.js"
import type { ScaffoldId } from "../domain/Ids.js"
import type { UsageError } from "./UsageError.js"

export class Scaffolds extends Context.Tag("aegis/Scaffolds")<
  Scaffolds,
  {
    /** The scaffold of an id, or of a key. Its blocks are known while it is in the cache. */
    readonly find: (idOrKey: string) => Effect.Effect<
      {
        readonly id: ScaffoldId
        readonly blocks: Option.Option<ReadonlyArray<Hash>>
      },
      UsageError
    >
  }
>() {}
