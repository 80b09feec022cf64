/**
 * oxlint, where it is installed. Owns: finding the program, running it over texts, and reading what it prints. Does not own:
 * what its answers are worth (equalRules.ts) and which texts it is given (JudgeAhead.ts). Texts lie in a folder of their own
 * while it runs: no configuration and no ignore file of the project is near them.
 */
import * as Command from "@effect/platform/Command"
import * as NodeCommandExecutor from "@effect/platform-node/NodeCommandExecutor"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import { answerOf } from "../answerOf.js"
import { ruleSettings } from "./equalRules.js"

/** Of other versions it is not known where they agree with ESLint. */
export const oxlintVersion = "1.94.0"

const timeLimit = "2 minutes"
/** Something that it found in a text. Offset and length are in bytes of UTF-8. */
export interface Diagnostic {
  /** The rule, as `plugin(rule)`; none where the text cannot be read. */
  readonly code: string | undefined
  readonly offset: number
  readonly length: number
}

/** A text, and what the name of its file ends with: `.ts`. */
export interface Written {
  readonly text: string
  readonly ending: string
}

const Output = Schema.parseJson(
  Schema.Struct({
    diagnostics: Schema.Array(
      Schema.Struct({
        code: Schema.optional(Schema.String),
        filename: Schema.String,
        labels: Schema.Array(
          Schema.Struct({ span: Schema.Struct({ offset: Schema.Int, length: Schema.Int }) })
        )
      })
    ),
    number_of_files: Schema.Int,
    number_of_rules: Schema.Int
  })
)

const Manifest = Schema.parseJson(Schema.Struct({ version: Schema.String }))

/** The path of the program, seen from a module; otherwise what is wrong. */
export const findOxlint = (from: string | URL = import.meta.url): Either.Either<string, string> => {
  let manifest: string
  let text: string
  try {
    manifest = createRequire(from).resolve("oxlint/package.json")
    text = Fs.readFileSync(manifest, "utf8")
  } catch {
    return Either.left("oxlint is not installed")
  }
  return Either.match(Schema.decodeEither(Manifest)(text), {
    onLeft: () => Either.left("oxlint is not installed as it should be"),
    onRight: ({ version }) =>
      version === oxlintVersion
        ? Either.right(Path.join(Path.dirname(manifest), "bin/oxlint"))
        : Either.left(`oxlint ${version} is installed, of which it is not known where it agrees with ESLint`)
  })
}

const fault = (problem: string): EngineFault => new EngineFault({ rule: "oxlint", path: "", problem })

const onDisk = <A>(work: () => A): Effect.Effect<A, EngineFault> =>
  Effect.try({ try: work, catch: () => fault("its texts cannot be written to the temporary folder") })

const folder: Effect.Effect<string, EngineFault, Scope.Scope> = Effect.acquireRelease(
  onDisk(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "aegis-oxlint-"))),
  (made) => Effect.sync(() => Fs.rmSync(made, { recursive: true, force: true }))
)

const executor = Layer.provide(NodeCommandExecutor.layer, NodeFileSystem.layer)

const run = (program: string, cwd: string): Effect.Effect<string, EngineFault> =>
  Command.make(
    process.execPath,
    program,
    ...["--config", "rules.json", "--disable-nested-config", "--no-ignore", "--format", "json", "texts"]
  ).pipe(
    Command.workingDirectory(cwd),
    Command.env({ NODE_OPTIONS: "" }),
    answerOf,
    Effect.mapError(() => fault("the program crashed or could not be run")),
    Effect.timeoutFail({ duration: timeLimit, onTimeout: () => fault("it took too long") }),
    // 1: something was found
    Effect.filterOrFail(
      ({ code }) => code === 0 || code === 1,
      ({ code }) => fault(`the program ended with ${code}`)
    ),
    Effect.map(({ text }) => text),
    Effect.provide(executor)
  )

/** What `program` finds in each of the texts. Whatever it answers but that is a fault. */
export const lint = Effect.fn("Oxlint.lint")(function* (program: string, texts: ReadonlyArray<Written>) {
  const cwd = yield* folder
  yield* onDisk(() => {
    Fs.mkdirSync(Path.join(cwd, "texts"))
    Fs.writeFileSync(Path.join(cwd, "rules.json"), JSON.stringify(ruleSettings))
    for (const [index, { ending, text }] of texts.entries()) {
      Fs.writeFileSync(Path.join(cwd, "texts", `${index}${ending}`), text)
    }
  })
  const output = yield* Effect.mapError(Effect.flatMap(run(program, cwd), Schema.decode(Output)), (error) =>
    error instanceof EngineFault ? error : fault("what it printed is not what it should be")
  )
  const { diagnostics, number_of_files: files, number_of_rules: rules } = output
  if (files !== texts.length || rules !== Object.keys(ruleSettings.rules).length) {
    return yield* fault("it did not judge each of the texts by each of the rules")
  }
  const found = texts.map((): Array<Diagnostic> => [])
  for (const { code, filename, labels } of diagnostics) {
    const of = found[Number(/(\d+)\.[a-z]+$/.exec(filename)?.[1] ?? -1)]
    const [label] = labels
    if (of === undefined || label === undefined) return yield* fault("it named a place that is none")
    of.push({ code, ...label.span })
  }
  return found
}, Effect.scoped)
