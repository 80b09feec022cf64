/**
 * A provider's server on loopback: JSON in, JSON or server-sent events out, with faults on request. Everything about a
 * particular provider is in its own file.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"

/** What goes wrong with the next answer. `after` counts events that are still sent properly. */
export type Fault =
  | {
      readonly kind: "status"
      readonly status: number
      readonly error: ErrorBody
      readonly headers?: Http.OutgoingHttpHeaders
    }
  | { readonly kind: "cut"; readonly after: number }
  | { readonly kind: "endEarly"; readonly after: number }
  | { readonly kind: "errorEvent"; readonly after: number; readonly error: ErrorBody }
  | { readonly kind: "malformed"; readonly after: number }
  | { readonly kind: "hang"; readonly after: number }
  | { readonly kind: "bytewise" }

export interface ErrorBody {
  readonly type: string
  readonly message: string
  readonly code?: string | number | null
  readonly [extra: string]: unknown
}

/** One request as it was received. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: unknown
}

export interface Event {
  /** The name on the `event:` line; without one there is none. */
  readonly name?: string
  readonly data: unknown
}

/** What a provider answers: a whole body, or events. */
export type Reply =
  { readonly status: number; readonly body: unknown; readonly headers?: Http.OutgoingHttpHeaders } | Events

/** `end` is what stands behind the last event. */
export interface Events {
  readonly events: ReadonlyArray<Event>
  readonly end: string
}

export interface Fake {
  readonly url: string
  readonly requests: ReadonlyArray<Received>
  /** Makes the coming answers go wrong, one after the other. */
  readonly script: (...faults: ReadonlyArray<Fault>) => void
  /** Waits until a client closed a connection before its answer was complete. */
  readonly disconnected: Effect.Effect<void>
  /** Waits until an answer that hangs has sent all it will send. */
  readonly hanging: Effect.Effect<void>
}

/** How a provider shapes what this file does not know. */
export interface Dialect {
  readonly errorBody: (error: ErrorBody, status: number) => unknown
  readonly errorEvent: (error: ErrorBody) => Event
  readonly reply: (request: Received) => Reply
  /** The paths whose answers faults apply to. */
  readonly faulty: ReadonlyArray<string>
}

interface Gate {
  readonly open: () => void
  readonly passed: Effect.Effect<void>
}

const makeGate = (): Gate => {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed: Effect.promise(() => passed) }
}

const frame = (event: Event): string =>
  `${event.name === undefined ? "" : `event: ${event.name}\n`}data: ${JSON.stringify(event.data)}\n\n`

const requestId = "req_fake_1"

const sendJson = (
  response: Http.ServerResponse,
  status: number,
  body: unknown,
  headers: Http.OutgoingHttpHeaders = {}
): void => {
  response.writeHead(status, {
    "content-type": "application/json",
    "request-id": requestId,
    "x-request-id": requestId,
    ...headers
  })
  response.end(JSON.stringify(body))
}

/** Serves until the scope closes, on a port of its own. */
export const serve = (dialect: Dialect): Effect.Effect<Fake, never, Scope.Scope> =>
  Effect.gen(function* () {
    const requests: Array<Received> = []
    const faults: Array<Fault> = []
    const disconnected = makeGate()
    const hanging = makeGate()

    const sendEvents = (response: Http.ServerResponse, reply: Events, fault: Fault | undefined): void => {
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "request-id": requestId,
        "x-request-id": requestId
      })
      const all = reply.events.map(frame)
      if (fault === undefined) return void response.end(all.join("") + reply.end)
      if (fault.kind === "bytewise") {
        const bytes = Buffer.from(all.join("") + reply.end)
        for (const byte of bytes) response.write(Buffer.from([byte]))
        return void response.end()
      }
      if (fault.kind === "status") return
      const sent = all.slice(0, fault.after).join("")
      switch (fault.kind) {
        case "cut":
          return void response.write(sent, () => response.destroy())
        case "endEarly":
          return void response.end(sent)
        case "malformed":
          return void response.end(
            `${sent}${all[fault.after]?.replace(/data: .*/s, "data: {oops\n\n") ?? ""}`
          )
        case "errorEvent":
          return void response.end(sent + frame(dialect.errorEvent(fault.error)))
        case "hang":
          return void response.write(sent === "" ? ": waiting\n\n" : sent, () => hanging.open())
      }
    }

    const answer = (request: Received, response: Http.ServerResponse): void => {
      const fault = dialect.faulty.includes(request.path) ? faults.shift() : undefined
      if (fault?.kind === "status") {
        const body = dialect.errorBody(fault.error, fault.status)
        return sendJson(response, fault.status, body, fault.headers)
      }
      const reply = dialect.reply(request)
      if ("events" in reply) return sendEvents(response, reply, fault)
      switch (fault?.kind) {
        case "cut":
          response.writeHead(200, { "content-type": "application/json", "content-length": 1000 })
          return void response.write('{"id":', () => response.destroy())
        case "malformed":
          response.writeHead(200, { "content-type": "application/json" })
          return void response.end('{"id": oops')
        case "hang":
          response.writeHead(200, { "content-type": "application/json" })
          return void response.write('{"id":', () => hanging.open())
        default:
          sendJson(response, reply.status, reply.body, reply.headers)
      }
    }

    const server = Http.createServer((incoming, response) => {
      const chunks: Array<Buffer> = []
      incoming.on("data", (chunk: Buffer) => void chunks.push(chunk))
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8")
        const request: Received = {
          method: incoming.method ?? "",
          path: (incoming.url ?? "").replace(/\?.*/, ""),
          headers: incoming.headers,
          body: text === "" ? undefined : (JSON.parse(text) as unknown)
        }
        requests.push(request)
        response.on("close", () => {
          if (!response.writableFinished) disconnected.open()
        })
        answer(request, response)
      })
    })

    const port = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(
            address === null || typeof address === "string"
              ? Effect.dieMessage("no loopback port")
              : Effect.succeed(address.port)
          )
        })
      }),
      () =>
        Effect.async<void>((resume) => {
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    )
    return {
      url: `http://127.0.0.1:${port}`,
      requests,
      script: (...more) => void faults.push(...more),
      disconnected: disconnected.passed,
      hanging: hanging.passed
    }
  })
