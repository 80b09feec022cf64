/** Asking for an answer that is kept, and for no other: what costs nothing needs no room in a budget. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Fetch } from "../Fetch.js"

/** What an adapter takes for the refusal of its provider, which it does not send again. */
const nothingKept = (): Response =>
  Response.json({ error: { type: "invalid_request_error", message: "Nothing is kept." } }, { status: 400 })

/** A network that has nothing but what is kept; none where nothing is. */
export const onlyKept: Effect.Effect<Option.Option<Fetch["Type"]>> = Effect.map(Fetch, ({ kept }) =>
  Option.map(Option.fromNullable(kept), (kept) => ({
    offline: false,
    current: Effect.map(
      kept,
      (look): typeof globalThis.fetch =>
        async (input, init) =>
          (await look(new Request(input, init))) ?? nothingKept()
    ),
    kept
  }))
)
