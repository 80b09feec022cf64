/** Options that several commands share, and the settings that some of them stand for. */
import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"
import type { SettingName } from "../services/AegisConfig.js"

/** Settings given on the command line, by name, not checked yet: AegisConfig does that for all its sources. */
export type Flags = { readonly [K in SettingName]?: unknown }

export const json = Options.boolean("json").pipe(
  Options.withDescription("Print the result as one line of JSON, and nothing else, on stdout")
)

const file = Args.text({ name: "file" }).pipe(
  Args.withDescription("A prompt file, or - for stdin"),
  Args.optional
)

const text = (name: string, description: string): Options.Options<Option.Option<string>> =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

/** Where the cache is, and whose part of it. */
export const store = {
  json,
  namespace: text("namespace", "The tenant; a hit never crosses from one to another"),
  cacheDir: text("cache-dir", "The cache's folder, relative to the project's root")
}

/** A prompt, and what it is resolved for. */
export const prompt = {
  file,
  provider: text("provider", "openai, anthropic, vllm, sglang, llama-cpp, or x-<name>"),
  model: text("model", "The model, by the provider's name for it"),
  temperature: Options.float("temperature").pipe(
    Options.withDescription("Sampling temperature, 0 to 2"),
    Options.optional
  ),
  layout: text("layout", "Order of the blocks: stable-first or source"),
  seed: Options.float("seed").pipe(Options.withDescription("Sampling seed"), Options.optional),
  rulepacks: Options.text("rulepack").pipe(
    Options.withDescription("A rulepack, name or name@version; may be repeated"),
    Options.repeated
  ),
  context: text("context", "A JSON object that is part of the key, not of the request"),
  strict: Options.boolean("strict").pipe(
    Options.withDescription("Refuse parameters that the model does not take instead of warning")
  ),
  bypass: Options.boolean("no-cache").pipe(
    Options.withDescription("Leave the cache out: nothing is read or written")
  )
}

/** The settings among parsed options; what was not given is left to the environment and the file. */
export const flagsOf = (options: {
  readonly namespace?: Option.Option<string>
  readonly cacheDir?: Option.Option<string>
  readonly provider?: Option.Option<string>
  readonly model?: Option.Option<string>
  readonly temperature?: Option.Option<number>
  readonly layout?: Option.Option<string>
  readonly fallback?: ReadonlyArray<string>
}): Flags => {
  const given: { -readonly [K in SettingName]?: unknown } = {}
  const take = (key: SettingName, value: Option.Option<unknown> | undefined): void => {
    if (value !== undefined && Option.isSome(value)) given[key] = value.value
  }
  take("namespace", options.namespace)
  take("cacheDir", options.cacheDir)
  take("provider", options.provider)
  take("model", options.model)
  take("temperature", options.temperature)
  take("layout", options.layout)
  if (options.fallback !== undefined && options.fallback.length > 0) given.fallback = options.fallback
  return given
}
