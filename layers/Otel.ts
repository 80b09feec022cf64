/**
 * Spans over OTLP, when `OTEL_EXPORTER_OTLP_ENDPOINT` is set; without it nothing of this is loaded. Spans are a view: the
 * ledger (Telemetry) is what counts. A collector that is down costs 300 ms at the end, never a result.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { isOwnError } from "../src/cli/exitCode.js"

type Environment = Readonly<Record<string, string | undefined>>

const endpointOf = (env: Environment): string | undefined => {
  const endpoint = env["OTEL_EXPORTER_OTLP_ENDPOINT"]?.trim() ?? ""
  return endpoint === "" || env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" ? undefined : endpoint
}

/** Whether this environment asks for spans. */
export const isOn = (env: Environment): boolean => endpointOf(env) !== undefined

/** The exporter for this environment, or nothing. */
export const layer = (env: Environment, version: string): Layer.Layer<never> => {
  const endpoint = endpointOf(env)
  if (endpoint === undefined) return Layer.empty
  return Layer.unwrapEffect(
    Effect.promise(async () => {
      const [exporter, serialization, http] = await Promise.all([
        import("@effect/opentelemetry/OtlpTracer"),
        import("@effect/opentelemetry/OtlpSerialization"),
        import("@effect/platform-node/NodeHttpClient")
      ])
      const tracer = exporter.make({
        url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
        headers: headersOf(env["OTEL_EXPORTER_OTLP_HEADERS"] ?? ""),
        resource: { serviceName: env["OTEL_SERVICE_NAME"] ?? "aegis", serviceVersion: version },
        exportInterval: "1 second",
        // A batch in flight is lost when the program ends, so nothing is sent early because it is much.
        maxBatchSize: 1e9,
        shutdownTimeout: "300 millis"
      })
      return Layer.unwrapScoped(Effect.map(tracer, (made) => Layer.setTracer(redacting(made)))).pipe(
        // Protobuf: in JSON one NaN makes a collector refuse the whole batch.
        Layer.provide(serialization.layerProtobuf),
        Layer.provide(http.layer)
      )
    })
  )
}

/** `a=1,b=2`, values percent-encoded, as the OTLP specification has it. What cannot be read is left out. */
export const headersOf = (text: string): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  for (const pair of text.split(",")) {
    const [name = "", ...value] = pair.split("=")
    if (name.trim() === "" || value.length === 0) continue
    const decoded = percentDecoded(value.join("=").trim())
    if (decoded !== undefined) headers[name.trim()] = decoded
  }
  return headers
}

/** Undefined where a text is not percent-encoded as it should be. */
const percentDecoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** A tracer whose spans end without prompt text, paths or secrets: of a foreign error only its name leaves the process. */
export const redacting = (inner: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (...args) => {
      const span = inner.span(...args)
      const end = span.end.bind(span)
      const attribute = span.attribute.bind(span)
      // The span itself stays the one that the exporter made and reads.
      Object.defineProperties(span, {
        end: { value: (time: bigint, exit: Exit.Exit<unknown, unknown>) => end(time, redacted(exit)) },
        attribute: {
          value: (key: string, value: unknown) => {
            if (key !== "code.stacktrace") attribute(key, value)
          }
        }
      })
      return span
    },
    context: (f, fiber) => inner.context(f, fiber)
  })

const redacted = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit)) return Exit.void
  if (Cause.isInterruptedOnly(exit.cause)) return exit
  const error = Cause.squash(exit.cause)
  const shown = new Error(isOwnError(error) ? error.message : "")
  shown.name = isOwnError(error) ? error._tag : error instanceof Error ? error.name : "UnknownError"
  // A stack names folders of this machine.
  shown.stack = shown.message === "" ? shown.name : `${shown.name}: ${shown.message}`
  return Exit.fail(shown)
}
