import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Otel from "../../layers/Otel.js"
import { UsageError } from "../../src/cli/UsageError.js"

/** A collector on loopback that keeps what it is sent. */
const collector = Effect.acquireRelease(
  Effect.async<{
    url: string
    received: Array<{ path: string; header: unknown; type: unknown; body: Buffer }>
    close: () => void
  }>((resume) => {
    const received: Array<{ path: string; header: unknown; type: unknown; body: Buffer }> = []
    const server = Http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        received.push({
          path: request.url ?? "",
          header: request.headers["x-team"],
          type: request.headers["content-type"],
          body: Buffer.concat(chunks)
        })
        response.writeHead(200).end()
      })
    })
    server.listen(0, "127.0.0.1", () => {
      // listening on TCP, so its address is one
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close: () => void server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** The way a span ends when a failure passes a tracer that redacts. */
const endOf = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  let seen: Exit.Exit<unknown, unknown> = Exit.succeed("never ended")
  const inner = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => ({
      _tag: "Span",
      name,
      parent,
      context,
      links,
      kind,
      spanId: "1",
      traceId: "2",
      sampled: true,
      attributes: new Map(),
      status: { _tag: "Started", startTime },
      end: (_time, ended) => {
        seen = ended
      },
      attribute: () => undefined,
      event: () => undefined,
      addLinks: () => undefined
    }),
    context: (f) => f()
  })
  const span = Otel.redacting(inner).span("s", Option.none(), Context.empty(), [], 0n, "internal")
  span.end(1n, exit)
  return seen
}

const messageOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "success"

describe("Otel", () => {
  it.live("sends spans as protobuf when an endpoint is set, without a word of the failure's content", () =>
    Effect.gen(function* () {
      const { received, url } = yield* collector
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: "x-team=prompts%20and%20runs",
        OTEL_SERVICE_NAME: "aegis-under-test"
      }
      const work = Effect.fail(new Error("SECRET prompt text")).pipe(
        Effect.withSpan("aegis.work", { attributes: { "aegis.outcome": "miss", odd: Number.NaN } }),
        Effect.ignore
      )
      yield* Effect.provide(work, Otel.layer(env, "1.2.3"))
      const traces = received.filter(({ path }) => path === "/v1/traces")
      assert.lengthOf(traces, 1)
      assert.include(traces[0], { header: "prompts and runs", type: "application/x-protobuf" })
      const body = traces[0]?.body.toString("latin1") ?? ""
      for (const part of ["aegis.work", "aegis.outcome", "aegis-under-test", "1.2.3"])
        assert.include(body, part)
      assert.notInclude(body, "SECRET")
      assert.notInclude(body, process.cwd())
    }).pipe(Effect.scoped)
  )

  it.effect("is nothing without an endpoint, or when OpenTelemetry is switched off", () =>
    Effect.gen(function* () {
      const before = yield* Effect.tracer
      for (const env of [
        {},
        { OTEL_EXPORTER_OTLP_ENDPOINT: " " },
        { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_SDK_DISABLED: "TRUE" }
      ]) {
        assert.strictEqual(yield* Effect.provide(Effect.tracer, Otel.layer(env, "1")), before)
      }
    })
  )

  it.live("gives a result even when no collector answers", () =>
    Effect.gen(function* () {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }
      const work = Effect.withSpan(Effect.succeed(42), "aegis.work")
      assert.strictEqual(yield* Effect.provide(work, Otel.layer(env, "1")), 42)
    })
  )

  it("lets the messages of Aegis' own errors through, and of others only the name", () => {
    const own = new UsageError({ problem: "No prompt is given", fix: "Name a file." })
    assert.match(messageOf(endOf(Exit.fail(own))), /UsageError: No prompt is given\. Name a file\./)
    for (const foreign of [new TypeError("SECRET"), "SECRET", { _tag: "Other", message: "SECRET" }]) {
      assert.notInclude(messageOf(endOf(Exit.die(foreign))), "SECRET")
      assert.notInclude(messageOf(endOf(Exit.fail(foreign))), "SECRET")
    }
    const parsing = Schema.decodeUnknownEither(Schema.Int)("SECRET")
    assert.notInclude(
      messageOf(endOf(parsing._tag === "Left" ? Exit.fail(parsing.left) : Exit.void)),
      "SECRET"
    )
    assert.match(messageOf(endOf(Exit.die(new TypeError("SECRET")))), /TypeError/)
  })

  it("keeps successes without their values, and interruptions as they are", () => {
    assert.deepStrictEqual(endOf(Exit.succeed("SECRET")), Exit.void)
    assert.isTrue(Exit.isInterrupted(endOf(Effect.runSyncExit(Effect.interrupt))))
  })

  it("reads headers as the specification writes them, and leaves out what it cannot read", () => {
    assert.deepStrictEqual(Otel.headersOf("a=1, b=x%3Dy=z ,bad,=no,c=%zz"), { a: "1", b: "x=y=z" })
    assert.deepStrictEqual(Otel.headersOf(""), {})
  })
})
