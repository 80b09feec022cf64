/** Writes a result as a page of HTML, where one was asked for, and names to a person the files that were written. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoreError } from "../domain/StoreErrors.js"
import { Charts } from "./Charts.js"
import { Files } from "./Files.js"
import { chosen } from "./views/facts.js"
import { type Page, pageHtml } from "./views/html/page.js"
import type { Style } from "./views/Style.js"

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

type View<A> = (value: A, style: Style) => Effect.Effect<string>

/** The view with a line behind it for each of the files that were written. */
export const namingFiles =
  <A>(view: View<A>, ...files: ReadonlyArray<Option.Option<string>>): View<A> =>
  (value, style) =>
    Effect.map(view(value, style), (shown) =>
      [shown, ...files.flatMap(Option.toArray).map((file) => `wrote ${chosen(file)}`)].join("\n")
    )
