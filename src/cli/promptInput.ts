/** From what a person typed to a ResolveInput: flags over front matter over environment, file and defaults. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JsonObject } from "../domain/Json.js"
import type { PromptSyntaxError, PromptTooLarge } from "../domain/PromptErrors.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { parseFrontMatter } from "../prompt/frontMatter.js"
import { AegisConfig } from "../services/AegisConfig.js"
import type { ResolveOptions } from "../services/ScaffoldCache.js"
import { completeInput } from "./completeInput.js"
import { Files } from "./Files.js"
import { UsageError } from "./UsageError.js"

/** The options of every command that takes a prompt. Settings (`--model` and the like) come through AegisConfig. */
export interface PromptOptions {
  /** A path, or `-` for stdin, which is also the default when stdin is not a terminal. */
  readonly file: Option.Option<string>
  readonly seed: Option.Option<number>
  /** None given leaves them to the front matter. */
  readonly rulepacks: ReadonlyArray<string>
  /** A JSON object. */
  readonly context: Option.Option<string>
  readonly strict: boolean
  /** Leaves the cache out. */
  readonly bypass: boolean
}

/** A prompt by itself, as `aegis cache resolve FILE` means it. */
export const onlyFile = (file: string): PromptOptions => ({
  file: Option.some(file),
  seed: Option.none(),
  rulepacks: [],
  context: Option.none(),
  strict: false,
  bypass: false
})

/** Reads the prompt and completes it to an input, with the options that go with it. */
export const promptInput = Effect.fnUntraced(function* (
  options: PromptOptions
): Effect.fn.Return<
  { readonly input: ResolveInput; readonly options: ResolveOptions },
  UsageError | PromptSyntaxError | PromptTooLarge,
  AegisConfig | Files
> {
  const config = yield* AegisConfig
  const files = yield* Files
  const path = yield* promptPath(options.file, files)
  const prompt = yield* files.read(path, config.settings.maxPromptBytes)
  const file = path === "-" ? "<stdin>" : path
  const { frontMatter } = yield* parseFrontMatter(prompt, file)
  const context = Option.isSome(options.context)
    ? yield* jsonObject(options.context.value)
    : frontMatter.context
  const seed = Option.getOrUndefined(options.seed) ?? frontMatter.seed
  const input = completeInput(prompt, config, {
    ...frontMatter,
    ...(context === undefined ? {} : { context }),
    ...(seed === undefined ? {} : { seed }),
    ...(options.rulepacks.length > 0 ? { rulepacks: options.rulepacks } : {})
  })
  if (input === "no provider") return yield* missing("provider", "--provider anthropic")
  if (input === "no model") return yield* missing("model", "--model NAME")
  return {
    input: { ...input, strict: options.strict },
    options: { namespace: config.settings.namespace, bypass: options.bypass, file }
  }
})

const promptPath = (file: Option.Option<string>, files: Files["Type"]): Effect.Effect<string, UsageError> => {
  if (Option.isNone(file)) {
    return files.stdinIsTerminal
      ? new UsageError({ problem: "No prompt is given", fix: "Name a file, or pipe a prompt into stdin." })
      : Effect.succeed("-")
  }
  // The parser hands over an option without its value, and one that it does not know, as if it were the file.
  return file.value.startsWith("-") && file.value !== "-"
    ? new UsageError({
        problem: `"${file.value}" is no option of this command, or its value is missing`,
        fix: "`aegis COMMAND --help` lists what a command takes; a file of that name is written ./-name."
      })
    : Effect.succeed(file.value)
}

const missing = (what: "provider" | "model", flag: string): UsageError =>
  new UsageError({
    problem: `No ${what} is given`,
    fix: `Add ${flag}, "${what}:" to the prompt's front matter, AEGIS_${what.toUpperCase()} to the environment, or "${what}" to aegis.config.json.`
  })

const jsonObject = (text: string): Effect.Effect<JsonObject, UsageError> =>
  Effect.suspend(() => {
    try {
      const value: unknown = JSON.parse(text)
      if (isJsonObject(value)) return Effect.succeed(value)
    } catch {
      // answered below, as any other value that is no object
    }
    return new UsageError({
      problem: "--context is not a JSON object",
      fix: `Write it as in --context '{"branch":"main"}'.`
    })
  })

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
