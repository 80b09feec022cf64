/**
 * The `aegis` executable: the commands, each over the layers that it needs. Words are parsed before anything is opened; the commonest ones are
 * understood without the parser.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type { CommandLayers } from "../src/cli/commandLine.js"
import type { Files } from "../src/cli/Files.js"
import type { Progress } from "../src/cli/Progress.js"
import { exitCodes, failureOf } from "../src/cli/exitCode.js"
import type { Flags } from "../src/cli/options.js"
import { version } from "../src/domain/version.js"
import * as FilesNode from "./cli/FilesNode.js"
import * as OutputStdout from "./cli/OutputStdout.js"
import * as Stdout from "./cli/stdout.js"
import * as ProgressSpinner from "./cli/ProgressSpinner.js"
import { plainCommand } from "./cli/plainWords.js"
import type { Sources } from "./givenSettings.js"
import * as Otel from "./Otel.js"

type Signal = "SIGHUP" | "SIGINT" | "SIGTERM"

const stderrLogger = Logger.make(({ logLevel, message }) => {
  const text = (Array.isArray(message) ? message : [message]).map(String).join(" ")
  process.stderr.write(`aegis: ${logLevel.label.toLowerCase()}: ${text}\n`)
})

/** A layer that is loaded when it is built: most commands need neither the cache nor the checks. */
const lazily = <M, A, E>(
  load: () => Promise<M>,
  layer: (module: M) => Layer.Layer<A, E>
): Layer.Layer<A, E> => Layer.unwrapEffect(Effect.map(Effect.promise(load), layer))

/** The words as a program. */
const commandOf = (
  words: ReadonlyArray<string>,
  layers: CommandLayers<unknown>,
  stdout: (text: string) => Effect.Effect<void>
): Effect.Effect<void, unknown, Files | Progress> => {
  if (words.length === 1 && words[0] === "--version") return stdout(`${version}\n`)
  const plain = plainCommand(words)
  if (plain === undefined) {
    return Effect.flatMap(
      Effect.promise(() => import("./cli/CommandLineNode.js")),
      (commandLine) => commandLine.run(words, layers, stdout)
    )
  }
  const output = layers.output(plain.json)
  if (plain.command === "schema") {
    return Effect.flatMap(
      Effect.promise(() => import("../src/cli/schema.js")),
      ({ schema }) => schema(Option.some(plain.name))
    ).pipe(Effect.provide(output))
  }
  if (plain.command === "init") {
    return Effect.flatMap(
      Effect.promise(() => import("../src/cli/init.js")),
      ({ init }) => init({ provider: Option.none(), model: Option.none() })
    ).pipe(Effect.provide(output))
  }
  return "file" in plain
    ? Effect.flatMap(
        Effect.promise(() => import("./cli/plainPrompt.js")),
        ({ runPlain }) => runPlain(plain)
      ).pipe(Effect.provide(layers.cache({})), Effect.provide(output))
    : Effect.flatMap(
        Effect.promise(() => import("./cli/plainUpkeep.js")),
        ({ runPlain }) => runPlain(plain)
      ).pipe(Effect.provide(layers.upkeep({})), Effect.provide(output))
}

/** Says why the command ends, and gives what it ends with. */
const told = ({ code, lines }: { readonly code: number; readonly lines: ReadonlyArray<string> }): number => {
  process.stderr.write(lines.map((line) => `${line}\n`).join(""))
  return code
}

/** Runs the words behind `aegis` to an exit code. */
const run = (words: ReadonlyArray<string>): void => {
  let signal: Signal | undefined
  let lost: Error | undefined
  // what is written after it fails because of it
  const closed = (error: Error): void => void (lost ??= error)
  const { env } = process
  const sources = (flags: Flags): Sources => ({ cwd: process.cwd(), env, flags })

  const layers: CommandLayers<unknown> = {
    output: (json) => OutputStdout.layer(json, closed),
    cache: (flags) =>
      lazily(
        () => import("./CacheLive.js"),
        ({ layerWith }) => layerWith(sources(flags))
      ),
    upkeep: (flags) =>
      lazily(
        () => import("./cli/upkeepLive.js"),
        ({ upkeepLive }) => upkeepLive(sources(flags))
      ),
    runs: (flags) =>
      lazily(
        () => import("./cli/runsLive.js"),
        ({ runsLive }) => runsLive(sources(flags))
      ),
    enforce: (flags, asked) =>
      lazily(
        () => import("./cli/enforceLive.js"),
        ({ enforceLive }) => enforceLive(sources(flags), asked)
      ),
    diff: () =>
      lazily(
        () => import("./replay/SyntaxTreesOxc.js"),
        ({ layer }) => layer
      ),
    replay: (flags) =>
      lazily(
        () => import("./cli/replayLive.js"),
        ({ replayLive }) => replayLive(sources(flags))
      ),
    telemetry: (flags) =>
      lazily(
        () => import("./cli/telemetryLive.js"),
        ({ telemetryLive }) => telemetryLive(sources(flags))
      ),
    change: (flags) =>
      lazily(
        () => import("./cli/changeLive.js"),
        ({ changeLive }) => changeLive(sources(flags))
      ),
    schemas: (flags) =>
      lazily(
        () => import("./cli/schemasLive.js"),
        ({ schemasLive }) => schemasLive(sources(flags))
      ),
    checks: (flags) =>
      lazily(
        () => import("./cli/checksLive.js"),
        ({ checksLive }) => checksLive(sources(flags))
      )
  }
  const command = commandOf(words, layers, OutputStdout.writeTo(Stdout.open(), closed))

  const fiber = Effect.runFork(
    command.pipe(
      // one after the other: merged, they would be built in fibers of their own
      Effect.provide(FilesNode.layer),
      Effect.provide(ProgressSpinner.layer),
      Otel.isOn(env) ? Effect.provide(Otel.layer(env, version)) : identity,
      // Spans that nobody receives are not made.
      Effect.withTracerEnabled(Otel.isOn(env)),
      Effect.provide(Logger.replace(Logger.defaultLogger, stderrLogger)),
      Logger.withMinimumLogLevel(LogLevel.Warning)
    )
  )

  const onSignal = (received: Signal): void => {
    // Whoever asks twice does not want to wait for a clean end.
    if (signal !== undefined) process.exit(exitCodes[signal])
    signal = received
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  for (const each of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(each, onSignal)
  // A program that only waits for a promise would end without it.
  const alive = setInterval(() => {}, 2 ** 31 - 1)

  fiber.addObserver((exit) => {
    clearInterval(alive)
    process.exit(codeOf(exit))
  })

  const codeOf = (exit: Exit.Exit<unknown, unknown>): number => {
    if (signal !== undefined) return exitCodes[signal]
    if (lost !== undefined) return told(Stdout.unwritten(lost))
    if (exit._tag === "Success") return exitCodes.done
    const { code, lines } = failureOf(exit.cause)
    const debug = env["AEGIS_DEBUG"] === "1" ? [Cause.pretty(exit.cause, { renderErrorCause: true })] : []
    return told({ code, lines: [...lines, ...debug] })
  }
}

run(process.argv.slice(2))
