/** `aegis enforce packs`: which rulepacks there are. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Enforcer } from "../services/Enforcer.js"
import { Output } from "./Output.js"
import { cut, plural } from "./views/format.js"

export const PackList = Schema.Array(
  Schema.Struct({
    id: Schema.String,
    version: Schema.String,
    hash: Schema.String,
    rules: Schema.Array(Schema.String),
    description: Schema.optional(Schema.String)
  })
).annotations({ identifier: "PackList" })

const view = (packs: typeof PackList.Type): Effect.Effect<string> =>
  Effect.succeed(
    packs.length === 0
      ? "There are no rulepacks."
      : packs
          .map(({ description = "", id, rules, version }) =>
            `${id}@${version}  ${plural(rules.length, "rule")}  ${cut(description, 80)}`.trimEnd()
          )
          .join("\n")
  )

export const enforcePacks = Effect.fn("aegis.enforce.packs")(function* (_options: object) {
  const { emit } = yield* Output
  const packs = yield* (yield* Enforcer).packs
  yield* emit(
    PackList,
    packs.map(({ file, hash }) => ({
      id: file.id,
      version: file.version,
      hash,
      rules: file.rules.map(({ id }) => id),
      ...(file.description === undefined ? {} : { description: file.description })
    })),
    view
  )
})
