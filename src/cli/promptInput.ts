/** From what a person typed to a ResolveInput: flags over front matter over environment, file and defaults. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PromptSyntaxError, PromptTooLarge } from "../domain/PromptErrors.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { parseFrontMatter } from "../prompt/frontMatter.js"
import { AegisConfig } from "../services/AegisConfig.js"
import type { ResolveOptions } from "../services/ScaffoldCache.js"
import { completeInput } from "./completeInput.js"
import { Files } from "./Files.js"
import { jsonOption } from "./jsonObject.js"
import { inputPath } from "./textInput.js"
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
  const path = yield* inputPath(options.file, Option.isNone(options.file) && files.stdinIsTerminal, "prompt")
  const prompt = yield* files.read(path, config.settings.maxPromptBytes)
  const file = path === "-" ? "<stdin>" : path
  const { frontMatter } = yield* parseFrontMatter(prompt, file)
  const context =
    (yield* jsonOption(options.context, "--context", '{"branch":"main"}')) ?? frontMatter.context
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

const missing = (what: "provider" | "model", flag: string): UsageError =>
  new UsageError({
    problem: `No ${what} is given`,
    fix: `Add ${flag}, "${what}:" to the prompt's front matter, AEGIS_${what.toUpperCase()} to the environment, or "${what}" to aegis.config.json.`
  })
