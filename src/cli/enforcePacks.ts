/** `aegis enforce packs`: which rulepacks there are. Fails (exit code 3) when one of them cannot be used, and lists the others. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Enforcer } from "../services/Enforcer.js"
import { Output } from "./Output.js"
import { cut, plural } from "./views/format.js"
import { paint } from "./views/paint.js"
import type { Style } from "./views/Style.js"

const Usable = Schema.Struct({
  id: Schema.String,
  version: Schema.String,
  hash: Schema.String,
  rules: Schema.Array(Schema.String),
  description: Schema.optional(Schema.String)
})
const Broken = Schema.Struct({
  id: Schema.String,
  error: Schema.String.annotations({ description: "why it cannot be used" })
})
export const PackList = Schema.Array(Schema.Union(Usable, Broken)).annotations({ identifier: "PackList" })

const view = (packs: typeof PackList.Type, style: Style): Effect.Effect<string> => {
  const colors = paint(style)
  return Effect.succeed(
    packs.length === 0
      ? "There are no rulepacks."
      : packs
          .map((pack) =>
            "error" in pack
              ? `${pack.id}  ${colors.bad("cannot be used")}  ${pack.error}`
              : `${pack.id}@${pack.version}  ${plural(pack.rules.length, "rule")}  ${cut(pack.description ?? "", 80)}`.trimEnd()
          )
          .join("\n")
  )
}

export const enforcePacks = Effect.fn("aegis.enforce.packs")(function* (_options: object) {
  const { emit } = yield* Output
  const packs = yield* (yield* Enforcer).packs
  yield* emit(
    PackList,
    packs.map(
      Either.match({
        onLeft: ({ error, name }) => ({ id: name, error: error.message }),
        onRight: ({ file, hash }) => ({
          id: file.id,
          version: file.version,
          hash,
          rules: file.rules.map(({ id }) => id),
          ...(file.description === undefined ? {} : { description: file.description })
        })
      })
    ),
    view
  )
  const broken = packs.find(Either.isLeft)
  if (broken !== undefined) return yield* broken.left.error
})
