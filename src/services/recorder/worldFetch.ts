/**
 * The network of a run. A request is known by its method, its address and its body; headers are not recorded, for keys stand in them. A
 * body that comes in pieces is recorded in these pieces, and given back in them.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import { AsyncLocalStorage } from "node:async_hooks"
import type { Outcome, Step } from "../../replay/Recording.js"
import { titleOf } from "../../replay/reuse.js"
import { outcomeHeader } from "../responses/outcome.js"
import type { Answers } from "../executing/Accounted.js"
import { type Answer, isAnswer } from "./answer.js"
import type { CallLedger, Ended } from "./callLedger.js"
import { outcomeOf, perform } from "./perform.js"
import { amended, describe, read } from "./request.js"
import type { Scope } from "./Scope.js"
import type { Whereabouts } from "./whereabouts.js"

type Fetch = typeof globalThis.fetch

/** What is told of the requests of a program. */
export interface Watch {
  /** As soon as it is known who answers. */
  readonly answered: (by: keyof Answers) => void
  /** Once it has ended. */
  readonly ended: CallLedger["record"]
  readonly where: Whereabouts
}

/** What an answer says of itself that a program needs to read it. All else, as cookies, is left out. */
const kept = [
  "content-type",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "request-id",
  "x-request-id",
  outcomeHeader
]

type Signal = AbortSignal | null | undefined

const abortOf = (signal: Signal): unknown =>
  signal?.reason ?? new DOMException("This operation was aborted", "AbortError")

const toResponse = ({ cut, frames, headers, left, status }: Answer, signal: Signal): Response => {
  const rest = frames.map((frame) => Buffer.from(frame, "base64"))
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      // what the program left then, it leaves again
      if (left === true) signal?.addEventListener("abort", () => controller.error(abortOf(signal)))
    },
    pull: (controller) => {
      const frame = rest.shift()
      if (frame !== undefined) controller.enqueue(frame)
      else if (cut && left === true) return
      else if (cut) controller.error(new TypeError("terminated"))
      else controller.close()
    }
  })
  const empty = status === 204 || status === 304
  return new Response(empty ? null : body, { status, headers: { ...headers } })
}

/** An answer that is being read. `leave` ends it where it is. */
interface Tapped {
  readonly response: Response
  readonly leave: () => void
}

/** The last that a stream of a provider says, though the connection may stay open behind it. */
const isLast = (frame: string | undefined): boolean =>
  frame !== undefined &&
  /data: \[DONE\]|event: (?:message_stop|response\.completed)/.test(Buffer.from(frame, "base64").toString())

/** What came with an answer before its body. */
type Head = Pick<Answer, "status" | "headers">

const headOf = ({ headers, status }: Response): Head => ({
  status,
  headers: Object.fromEntries(
    kept.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    })
  )
})

/** Gives a body on in the pieces in which it comes. `came` is told of each, `ended` that it did, and whether before its end. */
const inPieces = (
  response: Response,
  body: ReadableStream<Uint8Array>,
  frames: Array<string>,
  came: () => void,
  ended: (cut: boolean, left?: boolean) => void
): Response => {
  const reader = body.getReader()
  const given = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        if (done) {
          ended(false)
          controller.close()
          return
        }
        came()
        frames.push(Buffer.from(value).toString("base64"))
        controller.enqueue(value)
      } catch (error) {
        ended(true)
        controller.error(error)
      }
    },
    cancel: async (reason) => {
      ended(true, true)
      await reader.cancel(reason)
    }
  })
  return new Response(given, { status: response.status, headers: response.headers })
}

/**
 * Reads a body to its end while it is given on. Most programs want it whole: for them no stream is put around the one that is there,
 * which would take as long as all else of a recorded call.
 */
const tapped = (response: Response, came: () => void, done: (answer: Answer) => void): Tapped => {
  const head = headOf(response)
  const frames: Array<string> = []
  const ended = (cut: boolean, left = false): void =>
    done({
      ...head,
      frames: [...frames],
      cut: cut && !isLast(frames.at(-1)),
      ...(left ? { left } : {})
    })
  const { body } = response
  if (body === null) {
    ended(false)
    return { response, leave: () => {} }
  }
  const readWhole = response.arrayBuffer.bind(response)
  let pieces: Response | undefined
  const asPieces = (): Response => (pieces ??= inPieces(response, body, frames, came, ended))
  const whole = async (): Promise<Buffer> => {
    if (pieces !== undefined) return Buffer.from(await pieces.arrayBuffer())
    try {
      const bytes = Buffer.from(await readWhole())
      frames.push(bytes.toString("base64"))
      ended(false)
      return bytes
    } catch (error) {
      ended(true)
      throw error
    }
  }
  const text = async (): Promise<string> => new TextDecoder().decode(await whole())
  Object.defineProperties(response, {
    text: { value: text },
    json: { value: async (): Promise<unknown> => JSON.parse(await text()) },
    arrayBuffer: {
      value: async (): Promise<ArrayBuffer> => Uint8Array.from(await whole()).buffer
    },
    blob: { value: () => asPieces().blob() },
    formData: { value: () => asPieces().formData() },
    clone: { value: () => asPieces().clone() },
    body: { get: () => asPieces().body }
  })
  return { response, leave: () => ended(true, true) }
}

interface Told {
  readonly name: string
  readonly message: string
  readonly code?: string
}

const tell = (thrown: unknown): Told => {
  const cause: unknown = thrown instanceof Error ? thrown.cause : undefined
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined
  return {
    name: thrown instanceof Error ? thrown.name : "Error",
    message: "the network failed",
    ...(code === undefined ? {} : { code })
  }
}

const thrownOf = (told: Told): Error => {
  const cause = told.code === undefined ? undefined : Object.assign(new Error(told.code), { code: told.code })
  const error = new TypeError(told.message, { cause })
  error.name = told.name
  return error
}

/** Errors, refusals by the server, and what was cut are for a strict replay alone: whoever asks again may fare better. */
const isGood = ({ outcome }: Step): boolean =>
  outcome._tag === "done" && isAnswer(outcome.value) && outcome.value.status < 400 && !outcome.value.cut

const toOutcome = (exit: Exit.Exit<Answer, Told>): Outcome =>
  Exit.match(exit, {
    onSuccess: (value) => ({ _tag: "done", value }),
    // the program gave it up
    onFailure: (cause) =>
      cause._tag === "Fail" && cause.error.name === "AbortError"
        ? { _tag: "interrupted" }
        : { _tag: "failed", error: cause._tag === "Fail" ? cause.error : tell(undefined) }
  })

/** `fetch` at a place of a run, over the one that is there. */
export const makeWorldFetch = (scope: Scope, fetch: Fetch, watch?: Watch): Fetch => {
  const { clock } = scope.node.run
  const now = (): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6
  // what asks may have a context of its own (a node of a graph): no fiber may go on in it
  const apart = AsyncLocalStorage.snapshot()
  return async (input, init) => {
    const sent = amended(scope.node, await read(fetch, input, init))
    const { signal } = sent
    const asked = describe(sent)
    const started = now()
    const times: Array<number> = []
    let went: Pick<Ended, "sent" | "sentAt"> | undefined
    /** The answer as soon as it begins; the step ends when the body has. */
    let begun: ((response: Response) => void) | undefined
    let failed: ((thrown: unknown) => void) | undefined
    /** Ends what nobody reads on. */
    let left: (() => void) | undefined
    const response = new Promise<Response>((resolve, reject) => {
      begun = resolve
      failed = reject
    })
    const step = perform(
      scope,
      {
        kind: "fetch",
        ...asked,
        toOutcome,
        fromOutcome: (outcome) => {
          went = { sent: undefined, sentAt: clock.unsafeCurrentTimeMillis() }
          watch?.answered("recording")
          return outcome._tag === "done" && isAnswer(outcome.value)
            ? Effect.tap(Effect.succeed(outcome.value), (answer) => begun?.(toResponse(answer, signal)))
            : // what is recorded of a fault is what `tell` made
              Effect.fail(outcome._tag === "failed" ? (outcome.error as Told) : tell(undefined))
        },
        reusable: isGood
      },
      Effect.async<Answer, Told>((resume) => {
        went = { sent: now(), sentAt: clock.unsafeCurrentTimeMillis() }
        watch?.answered("network")
        sent.send(sent.text).then(
          (answer) => {
            const { leave, response } = tapped(
              answer,
              () => times.push(now()),
              (whole) => apart(resume, Effect.succeed(whole))
            )
            left = leave
            begun?.(response)
          },
          (thrown: unknown) => {
            failed?.(thrown)
            resume(Effect.fail(tell(thrown)))
          }
        )
      }),
      (miss) => Effect.fail({ name: "TypeError", message: miss.message })
    )
    const { body, method, url } = sent
    const watched =
      watch === undefined
        ? step
        : Effect.onExit(step, (exit) =>
            // what was neither sent nor recorded was no call
            went === undefined
              ? Effect.void
              : watch.ended({
                  ...went,
                  method,
                  url,
                  body,
                  key: asked.key,
                  name: titleOf(scope.node),
                  where: watch.where,
                  started,
                  ended: now(),
                  endedAt: clock.unsafeCurrentTimeMillis(),
                  frames: times,
                  outcome: outcomeOf(exit, { toOutcome })
                })
          )
    // the step goes on while the body is read, whoever reads it
    const running = apart(() => Runtime.runFork(Runtime.defaultRuntime)(watched))
    running.addObserver((exit) => {
      if (Exit.isFailure(exit) && exit.cause._tag === "Fail") failed?.(thrownOf(exit.cause.error))
    })
    const { open } = scope.node
    const pending = Effect.suspend(() => {
      if (left === undefined) return Fiber.interrupt(running)
      left()
      return Fiber.await(running)
    })
    open.add(pending)
    running.addObserver(() => open.delete(pending))
    const abort = (): void => {
      failed?.(abortOf(signal))
      if (left === undefined) apart(() => running.unsafeInterruptAsFork(running.id()))
      else left()
    }
    if (signal?.aborted === true) abort()
    else signal?.addEventListener("abort", abort, { once: true })
    return await response
  }
}
