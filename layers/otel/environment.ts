/**
 * What the environment says about telemetry, by the variables that OpenTelemetry's specification names (protocol/exporter.md and
 * configuration/sdk-environment-variables.md) and some of our own. Nothing is loaded for it: every command asks.
 */
import {
  dialectOf,
  dialectVariable,
  type Dialect,
  isDialect,
  optInVariable
} from "../../src/telemetry/dialect.js"
import { pairsOf } from "./pairs.js"
import { type Sampler, samplerOf, samplers } from "./sampler.js"

export type Environment = Readonly<Record<string, string | undefined>>

/** Where one kind of telemetry goes. `timeout` is for one export, retries included, in milliseconds. */
export interface Destination {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeout: number
  readonly interval: number
}

/** Of the 300 ms that a collector may cost a command: what is left is for loading the exporter, and for timers that are late. */
const defaultPatience = 150

/**
 * `patience` is how long the end waits for collectors, in milliseconds. `problems` are what could not be
 * obeyed, by variable; values do not stand in them, for keys may.
 */
export interface Wanted {
  readonly traces: Destination | undefined
  readonly metrics: Destination | undefined
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: Sampler
  readonly temporality: "cumulative" | "delta"
  readonly dialect: Dialect
  readonly patience: number
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
  readonly problems: ReadonlyArray<string>
}

type SignalName = "traces" | "metrics"

/** As the specification has it, an empty variable is one that is not set. */
const textOf = (env: Environment, name: string): string | undefined => {
  const text = env[name]?.trim() ?? ""
  return text === "" ? undefined : text
}

/** A variable with its name. */
type Given = readonly [name: string, text: string] | undefined

const givenOf = (env: Environment, name: string): Given => {
  const text = textOf(env, name)
  return text === undefined ? undefined : [name, text]
}

const variableFor = (signal: SignalName, name: string): string =>
  `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`

/** The variable of one kind of telemetry, else that for all kinds. */
const eitherOf = (env: Environment, signal: SignalName, name: string): Given =>
  givenOf(env, variableFor(signal, name)) ?? givenOf(env, `OTEL_EXPORTER_OTLP_${name}`)

/** The address of one kind: its own as it stands, or the common one with the path that the protocol gives it. */
const urlOf = (env: Environment, signal: SignalName, problems: Array<string>): string | undefined => {
  const found = eitherOf(env, signal, "ENDPOINT")
  if (found === undefined) return undefined
  const [variable, text] = found
  const whole =
    variable === variableFor(signal, "ENDPOINT") ? text : `${text.replace(/\/+$/, "")}/v1/${signal}`
  if (URL.canParse(whole) && /^https?:$/.test(new URL(whole).protocol)) return whole
  problems.push(`${variable} is no http address; no ${signal} are sent`)
  return undefined
}

/** Whether one kind is to be sent over OTLP, in the one encoding that is spoken here. */
const isSent = (env: Environment, signal: SignalName, problems: Array<string>): boolean => {
  const exporter = `OTEL_${signal.toUpperCase()}_EXPORTER`
  const named = (textOf(env, exporter) ?? "otlp").split(",").map((name) => name.trim())
  if (!named.includes("otlp")) {
    if (!named.includes("none")) problems.push(`${exporter} knows otlp and none; no ${signal} are sent`)
    return false
  }
  const [variable, protocol] = eitherOf(env, signal, "PROTOCOL") ?? ["", "http/protobuf"]
  if (protocol === "http/protobuf") return true
  problems.push(
    `${variable} asks for another protocol than http/protobuf, the only one spoken (port 4318 of a collector); ` +
      `no ${signal} are sent`
  )
  return false
}

const millisOf = (found: Given, otherwise: number, problems: Array<string>): number => {
  if (found === undefined) return otherwise
  const [variable, text] = found
  const millis = Number(text)
  if (Number.isFinite(millis) && millis > 0) return millis
  problems.push(`${variable} is no number of milliseconds; it is ${otherwise}`)
  return otherwise
}

/** The variable that says how often one kind is sent, with its default there. */
const intervals = {
  traces: ["OTEL_BSP_SCHEDULE_DELAY", 5000],
  metrics: ["OTEL_METRIC_EXPORT_INTERVAL", 60_000]
} as const

const destinationOf = (
  env: Environment,
  signal: SignalName,
  problems: Array<string>
): Destination | undefined => {
  const url = urlOf(env, signal, problems)
  if (url === undefined || !isSent(env, signal, problems)) return undefined
  const headers = (variable: string): Readonly<Record<string, string>> => pairsOf(env[variable] ?? "").pairs
  const [variable, otherwise] = intervals[signal]
  return {
    url,
    headers: { ...headers("OTEL_EXPORTER_OTLP_HEADERS"), ...headers(variableFor(signal, "HEADERS")) },
    timeout: millisOf(eitherOf(env, signal, "TIMEOUT"), 10_000, problems),
    interval: millisOf(givenOf(env, variable), otherwise, problems)
  }
}

/** One unreadable pair, and the specification wants none of them. */
const resourceOf = (env: Environment, problems: Array<string>): Readonly<Record<string, string>> => {
  const { pairs, unreadable } = pairsOf(env["OTEL_RESOURCE_ATTRIBUTES"] ?? "")
  if (unreadable) problems.push("OTEL_RESOURCE_ATTRIBUTES cannot be read; none of it is used")
  const given = unreadable ? {} : pairs
  return { ...given, "service.name": textOf(env, "OTEL_SERVICE_NAME") ?? given["service.name"] ?? "aegis" }
}

const samplerFrom = (env: Environment, problems: Array<string>): Sampler => {
  const name = textOf(env, "OTEL_TRACES_SAMPLER") ?? "parentbased_always_on"
  const given = textOf(env, "OTEL_TRACES_SAMPLER_ARG")
  const ratio = Number(given ?? "1")
  const isRatio = ratio >= 0 && ratio <= 1
  if (!isRatio) problems.push("OTEL_TRACES_SAMPLER_ARG is no ratio from 0 to 1; it is 1")
  const sampler = samplerOf(name, isRatio ? ratio : 1)
  if (sampler !== undefined) return sampler
  problems.push(`OTEL_TRACES_SAMPLER knows ${samplers.join(", ")}; it is parentbased_always_on`)
  return samplerOf("parentbased_always_on", 1) ?? (() => true)
}

const isContinued = (env: Environment, problems: Array<string>): boolean => {
  const named = (textOf(env, "OTEL_PROPAGATORS") ?? "tracecontext").split(",").map((name) => name.trim())
  if (named.some((name) => !["tracecontext", "baggage", "none"].includes(name)))
    problems.push("OTEL_PROPAGATORS knows tracecontext alone")
  return named.includes("tracecontext")
}

const temporalityOf = (env: Environment): Wanted["temporality"] => {
  const asked = textOf(env, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE")?.toLowerCase()
  return asked === "delta" || asked === "lowmemory" ? "delta" : "cumulative"
}

/** Undefined where no telemetry is asked for, and nothing about it is wrong. */
export const wantedOf = (env: Environment): Wanted | undefined => {
  if (textOf(env, "OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined
  const problems: Array<string> = []
  const dialect = dialectOf(env[dialectVariable], env[optInVariable])
  const traces = destinationOf(env, "traces", problems)
  // Langfuse takes no metrics: an address for all kinds is then one for spans
  const isMetered = dialect !== "langfuse" || textOf(env, variableFor("metrics", "ENDPOINT")) !== undefined
  const metrics = isMetered ? destinationOf(env, "metrics", problems) : undefined
  if (traces === undefined && metrics === undefined && problems.length === 0) return undefined
  const own = textOf(env, dialectVariable)
  if (own !== undefined && !isDialect(own))
    problems.push(`${dialectVariable} knows established, latest and langfuse; it is ${dialect}`)
  const continued = isContinued(env, problems)
  return {
    traces,
    metrics,
    resource: resourceOf(env, problems),
    sampler: samplerFrom(env, problems),
    temporality: temporalityOf(env),
    dialect,
    patience: millisOf(givenOf(env, "AEGIS_OTEL_PATIENCE_MS"), defaultPatience, problems),
    traceparent: continued ? textOf(env, "TRACEPARENT") : undefined,
    tracestate: continued ? textOf(env, "TRACESTATE") : undefined,
    problems: [...new Set(problems)]
  }
}
