/**
 * A cache of providers' answers: the same request is sent once, by whatever program makes it, if it reaches the network by
 * `Fetch.current`. Owns: which requests are the same, which answers are kept and for how long, and that requests which are made at the
 * same time are made once. Does not own: where answers are kept (ResponseStore), and recordings of runs (Recorder).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { AsyncLocalStorage } from "node:async_hooks"
import type { Hash } from "../domain/Hash.js"
import type { Outcome } from "../domain/Outcome.js"
import { sha256 } from "../prompt/digest.js"
import { AegisConfig } from "./AegisConfig.js"
import { Fetch } from "./Fetch.js"
import { describeRequest } from "./recorder/request.js"
import { type KeptResponse, ResponseStore, sizeOf } from "./ResponseStore.js"
import { Control, type Settings } from "./responses/Control.js"
import { outcomeHeader } from "./responses/outcome.js"
import { type Came, makeShare, type Share } from "./responses/share.js"
import { isWhole } from "./responses/whole.js"

/** What of it is left out: answers of up to 7 days, to the request as it is, in the namespace of the settings. */
export interface ResponsesOptions extends Settings {
  /** The tenant: an answer never crosses from one to another. */
  readonly namespace?: string
  /**
   * Whether answers are shared by all who have a key. By default each key has its own: what one may ask, with its models and its files,
   * another may not. Keys are not kept, and cannot be told from what is.
   */
  readonly sharedByKeys?: boolean
}

const defaultAge = Duration.days(7)
/** Bytes of an answer that is kept at most. */
const largest = 8 * 1024 * 1024

/** Where models answer. Anything else that is sent to a provider, or to others, does something. */
const answering =
  /\/(chat\/completions|completions?|messages|messages\/count_tokens|responses|responses\/input_tokens|embeddings|tokenize|apply-template)$|:(streamG|g)enerateContent$|:countTokens$|:(batchE|e)mbedContents?$/

/** Who asks, and headers that say how an answer is to be made. */
const identities = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "openai-organization"]
const meanings = ["anthropic-version", "anthropic-beta", "openai-beta", "openai-project"]
/** Headers of an answer that a program needs to read it, or to ask about it. */
const told = ["content-type", "request-id", "x-request-id"]

const pick = (headers: Headers, names: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    })
  )

const withOutcome = (response: Response, outcome: Outcome): Response => {
  const headers = new Headers(response.headers)
  headers.set(outcomeHeader, outcome)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

const toResponse = ({ frames, headers, status }: KeptResponse): Response => {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const frame = frames[at]
      at += 1
      if (frame === undefined) controller.close()
      else controller.enqueue(Uint8Array.from(frame))
    }
  })
  return new Response(body, { status, headers: { ...headers, [outcomeHeader]: "hit" } })
}

/** What answers one request: what was kept, or what is on its way. */
type Lookup =
  | { readonly _tag: "Kept"; readonly response: KeptResponse }
  | { readonly _tag: "Asked"; readonly share: Share }

export const make = Effect.fnUntraced(function* (options: ResponsesOptions) {
  const { settings } = yield* AegisConfig
  const store = yield* ResponseStore
  const outer = yield* Fetch
  // not the clock of a run: looking for an answer is no step of it
  const clock = yield* Effect.clock
  const runPromise = Runtime.runPromise(yield* Effect.runtime<never>())
  // what asks may have a context of its own: no fiber may go on in it
  const apart = AsyncLocalStorage.snapshot()
  const run = <A>(effect: Effect.Effect<A>): Promise<A> => apart(() => runPromise(effect))
  const namespace = options.namespace ?? settings.namespace
  const lookups = new Map<string, Promise<Lookup>>()

  const isFresh = (kept: KeptResponse, oldest: number): boolean =>
    clock.unsafeCurrentTimeMillis() - kept.at <= oldest

  const keyOf = async (request: Request, sample: number): Promise<Hash> => {
    const { key } = await describeRequest(request.clone())
    const names = options.sharedByKeys === true ? meanings : [...identities, ...meanings]
    return sha256(JSON.stringify(["aegis.response/1", namespace, key, sample, pick(request.headers, names)]))
  }

  const keep = (key: Hash, { cut, frames, headers, status }: Came): Promise<void> => {
    const response = { status, headers: pick(headers, told), frames, at: clock.unsafeCurrentTimeMillis() }
    const text = sizeOf(response) > largest ? undefined : Buffer.concat(frames).toString()
    const type = headers.get("content-type") ?? ""
    return text !== undefined && isWhole({ status, type, text, cut })
      ? run(Effect.ignore(store.put(namespace, key, response)))
      : Promise.resolve()
  }

  /** `place` is that of the look-up among those that are under way. */
  const ask = (key: Hash, place: string, request: Request, fetch: typeof globalThis.fetch): Lookup => ({
    _tag: "Asked",
    share: makeShare({
      ask: (signal) => fetch(new Request(request, { signal })),
      ended: (came) => keep(key, came),
      closed: () => void lookups.delete(place)
    })
  })

  /** One look-up for all who ask for the same at the same time. */
  const lookUp = (
    key: Hash,
    oldest: number,
    request: Request,
    fetch: typeof globalThis.fetch
  ): { readonly first: boolean; readonly lookup: Promise<Lookup> } => {
    const place = `${key} ${oldest}`
    const underWay = lookups.get(place)
    if (underWay !== undefined) return { first: false, lookup: underWay }
    const lookup = run(store.get(namespace, key)).then(
      (kept): Lookup => {
        if (kept === undefined || !isFresh(kept, oldest)) return ask(key, place, request, fetch)
        lookups.delete(place)
        return { _tag: "Kept", response: kept }
      },
      (error: unknown) => {
        lookups.delete(place)
        throw error
      }
    )
    lookups.set(place, lookup)
    return { first: true, lookup }
  }

  const isAnswered = (request: Request): boolean =>
    request.method === "POST" && answering.test(new URL(request.url).pathname)

  /** Under which name, and how old at most (milliseconds), the answer to a request may be. */
  const soughtFor = async (
    request: Request,
    { maxAge, sampleIndex }: Settings
  ): Promise<{ readonly key: Hash; readonly oldest: number }> => ({
    key: await keyOf(request, sampleIndex ?? 0),
    oldest: Duration.toMillis(maxAge ?? defaultAge)
  })

  const keptOf =
    (control: Settings) =>
    async (request: Request): Promise<Response | undefined> => {
      const said = { ...options, ...control }
      if (!isAnswered(request) || said.noStore === true) return undefined
      const { key, oldest } = await soughtFor(request, said)
      const kept = await run(store.get(namespace, key))
      return kept !== undefined && isFresh(kept, oldest) ? toResponse(kept) : undefined
    }

  const fetchOf =
    (fetch: typeof globalThis.fetch, control: Settings): typeof globalThis.fetch =>
    async (input, init) => {
      const request = new Request(input, init)
      if (!isAnswered(request)) return fetch(request)
      const said = { ...options, ...control }
      if (said.noStore === true) return withOutcome(await fetch(request), "bypass")
      const { signal } = request
      const { key, oldest } = await soughtFor(request, said)
      for (;;) {
        signal.throwIfAborted()
        const { first, lookup } = lookUp(key, oldest, request, fetch)
        const found = await lookup
        if (found._tag === "Kept") return toResponse(found.response)
        // those who asked have all gone: it is asked for anew
        if (found.share.abandoned()) continue
        return withOutcome(await found.share.join(signal), first ? "miss" : "follower")
      }
    }

  return Fetch.of({
    // a strict replay has nothing but what was recorded
    current: outer.offline
      ? outer.current
      : Effect.zipWith(outer.current, Control, (fetch, control) => fetchOf(fetch, control)),
    offline: outer.offline,
    ...(outer.offline ? {} : { kept: Effect.map(Control, keptOf) })
  })
})

/**
 * Answers of providers are kept in the project's cache, and given again. Around `Aegis.run`, not within it: what is within a run is
 * recorded, and has to be asked for to be recorded.
 *
 * @example program.pipe(Effect.provide(layerResponses({ maxAge: "1 day" })), Effect.provide(AegisLive))
 */
export const layer = (
  options: ResponsesOptions = {}
): Layer.Layer<Fetch, never, AegisConfig | ResponseStore> => Layer.effect(Fetch, make(options))
