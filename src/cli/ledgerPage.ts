/** Writes a result as a page of HTML, where one was asked for. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoreError } from "../domain/StoreErrors.js"
import { Charts } from "./Charts.js"
import { Files } from "./Files.js"
import { type Page, pageHtml } from "./views/html/page.js"

export const writePage = (
  file: Option.Option<string>,
  page: () => Page
): Effect.Effect<void, StoreError, Charts | Files> =>
  Effect.gen(function* () {
    if (Option.isNone(file)) return
    const { script } = yield* Charts
    const { replace } = yield* Files
    const html = pageHtml(page(), yield* script)
    yield* replace(file.value, Stream.succeed(html))
  })
