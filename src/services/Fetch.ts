/** The network as programs and providers reach it: `fetch`, which a recorder takes the place of. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

export class Fetch extends Context.Reference<Fetch>()("aegis/Fetch", {
  defaultValue: (): {
    /**
     * The `fetch` of the fiber that asks: give it to an SDK, or call it. It belongs to that fiber's place in the run.
     *
     * @example const client = new OpenAI({ fetch: yield* Fetch.current })
     */
    readonly current: Effect.Effect<typeof globalThis.fetch>
    /** Nothing goes out: all that comes was recorded. */
    readonly offline: boolean
    /** Answers from what is kept, sending nothing; undefined to what is not. Left out where nothing is kept. */
    readonly kept?: Effect.Effect<(request: Request) => Promise<Response | undefined>>
  } => ({ current: Effect.sync(() => globalThis.fetch), offline: false })
}) {
  static readonly current: Effect.Effect<typeof globalThis.fetch> = Effect.flatMap(
    Fetch,
    ({ current }) => current
  )
}
