/** `aegis cache invalidate KEY|--all`: forgets one scaffold, or all of the namespace. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Hash } from "../domain/Hash.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Output } from "./Output.js"
import { UsageError } from "./UsageError.js"
import { plural } from "./views/format.js"

export const InvalidateReport = Schema.Struct({
  namespace: Schema.String,
  forgotten: Schema.Int.pipe(Schema.nonNegative())
}).annotations({ identifier: "InvalidateReport" })

const isHash = Schema.is(Hash)

export const cacheInvalidate = Effect.fn("aegis cache invalidate")(function* (options: {
  readonly key: Option.Option<string>
  readonly all: boolean
}) {
  const cache = yield* ScaffoldCache
  const output = yield* Output
  const { namespace } = (yield* AegisConfig).settings
  const key = Option.getOrUndefined(options.key)
  if ((key === undefined) !== options.all) {
    return yield* new UsageError({
      problem: key === undefined ? "Nothing is named" : "Both a key and --all are given",
      fix: "Give the key of one scaffold, or --all for the whole namespace."
    })
  }
  if (key !== undefined && !isHash(key)) {
    return yield* new UsageError({
      problem: "That is not a scaffold's key",
      fix: "A key has 64 hexadecimal digits; `aegis cache resolve FILE` shows it."
    })
  }
  const forgotten = yield* cache.invalidate(key ?? "all", { namespace })
  yield* output.emit(InvalidateReport, { namespace, forgotten }, (report) =>
    Effect.succeed(`forgot ${plural(report.forgotten, "scaffold")} of namespace ${report.namespace}`)
  )
})
