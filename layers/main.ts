/**
 * The `aegis` executable: cli + AegisLive. Words are parsed before anything is opened; the commonest command of all,
 * `cache resolve FILE`, is recognised without the parser, which takes longer to load than the command to run.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { cacheResolve } from "../src/cli/cacheResolve.js"
import type { CommandLayers } from "../src/cli/commandLine.js"
import { exitCodes, failureOf } from "../src/cli/exitCode.js"
import type { Flags } from "../src/cli/options.js"
import { onlyFile } from "../src/cli/promptInput.js"
import { version } from "../src/cli/version.js"
import { layerWith } from "./AegisLive.js"
import * as FilesNode from "./cli/FilesNode.js"
import * as OutputStdout from "./cli/OutputStdout.js"
import * as ProgressSpinner from "./cli/ProgressSpinner.js"
import * as Otel from "./Otel.js"

type Signal = "SIGHUP" | "SIGINT" | "SIGTERM"

/** As shells report a program that wrote to a pipe that nobody reads. */
const brokenPipe = 141

const stderrLogger = Logger.make(({ logLevel, message }) => {
  const text = (Array.isArray(message) ? message : [message]).map(String).join(" ")
  process.stderr.write(`aegis: ${logLevel.label.toLowerCase()}: ${text}\n`)
})

/** `cache resolve FILE [--json]` and nothing else: what the parser would make of these words is known without it. */
export const plainResolve = (
  words: ReadonlyArray<string>
): { readonly file: string; readonly json: boolean } | undefined => {
  if (words[0] !== "cache" || words[1] !== "resolve") return undefined
  const rest = words.slice(2).filter((word) => word !== "--json")
  const [file] = rest
  if (rest.length !== 1 || file === undefined || file === "" || (file.startsWith("-") && file !== "-")) {
    return undefined
  }
  return { file, json: words.length === 4 }
}

/** Runs the words behind `aegis` to an exit code. */
const run = (words: ReadonlyArray<string>): void => {
  let signal: Signal | undefined
  let pipeBroke = false
  const closed = (): void => void (pipeBroke = true)
  const { env } = process
  const sources = (flags: Flags) => ({ cwd: process.cwd(), env, flags })

  const layers: CommandLayers<unknown> = {
    output: (json) => OutputStdout.layer(json, closed),
    cache: (flags) => layerWith(sources(flags)),
    checks: (flags) =>
      Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("./cli/checksLive.js")),
          ({ checksLive }) => checksLive(sources(flags))
        )
      )
  }
  const plain = plainResolve(words)
  const command =
    plain === undefined
      ? Effect.flatMap(
          Effect.promise(() => import("./cli/CommandLineNode.js")),
          (commandLine) => commandLine.run(words, layers, OutputStdout.writeTo(process.stdout, closed))
        )
      : cacheResolve(onlyFile(plain.file)).pipe(
          Effect.provide(layers.cache({})),
          Effect.provide(layers.output(plain.json))
        )

  const fiber = Effect.runFork(
    command.pipe(
      Effect.provide(Layer.mergeAll(FilesNode.layer, ProgressSpinner.layer)),
      Effect.provide(Otel.layer(env, version)),
      Effect.provide(
        Layer.merge(
          Logger.replace(Logger.defaultLogger, stderrLogger),
          Logger.minimumLogLevel(LogLevel.Warning)
        )
      )
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
    if (pipeBroke) return brokenPipe
    if (exit._tag === "Success") return exitCodes.done
    const { code, lines } = failureOf(exit.cause)
    const debug = env["AEGIS_DEBUG"] === "1" ? [Cause.pretty(exit.cause, { renderErrorCause: true })] : []
    process.stderr.write([...lines, ...debug].map((line) => `${line}\n`).join(""))
    return code
  }
}

run(process.argv.slice(2))
