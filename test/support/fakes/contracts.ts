/**
 * The providers' contracts: JSON Schemas generated from the pinned SDKs' types (sdkTypes.ts), as validators. They are
 * generated when a test first asks and kept in node_modules/.cache under the versions they were made from.
 */
import { Ajv, type ValidateFunction } from "ajv"
import * as Effect from "effect/Effect"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import type * as Sdk from "./sdkTypes.js"

/** What a value must be to be of each type of sdkTypes.ts. */
export interface Contracts {
  AnthropicRequest: Sdk.AnthropicRequest
  AnthropicResponse: Sdk.AnthropicResponse
  AnthropicEvent: Sdk.AnthropicEvent
  AnthropicCountRequest: Sdk.AnthropicCountRequest
  AnthropicCountResponse: Sdk.AnthropicCountResponse
  AnthropicModel: Sdk.AnthropicModel
  OpenAiRequest: Sdk.OpenAiRequest
  OpenAiResponse: Sdk.OpenAiResponse
  OpenAiEvent: Sdk.OpenAiEvent
  OpenAiCountRequest: Sdk.OpenAiCountRequest
  OpenAiCountResponse: Sdk.OpenAiCountResponse
  OpenAiModel: Sdk.OpenAiModel
  ChatRequest: Sdk.ChatRequest
  ChatResponse: Sdk.ChatResponse
  ChatEvent: Sdk.ChatEvent
}
export type ContractName = keyof Contracts

const names: ReadonlyArray<ContractName> = [
  "AnthropicRequest",
  "AnthropicResponse",
  "AnthropicEvent",
  "AnthropicCountRequest",
  "AnthropicCountResponse",
  "AnthropicModel",
  "OpenAiRequest",
  "OpenAiResponse",
  "OpenAiEvent",
  "OpenAiCountRequest",
  "OpenAiCountResponse",
  "OpenAiModel",
  "ChatRequest",
  "ChatResponse",
  "ChatEvent"
]

const here = Path.dirname(fileURLToPath(import.meta.url))
const root = Path.resolve(here, "../../..")
const typesFile = Path.join(here, "sdkTypes.ts")

const versionOf = (pkg: string): string => {
  const file = Path.join(root, "node_modules", pkg, "package.json")
  // the package.json of an installed package has a version
  return (createRequire(import.meta.url)(file) as { version: string }).version
}

/** Changes whenever an SDK, the generator or the list of types does. */
const cacheFile = (): string => {
  const inputs = ["@anthropic-ai/sdk", "openai", "ts-json-schema-generator"].map(
    (pkg) => `${pkg}@${versionOf(pkg)}`
  )
  const digest = Crypto.createHash("sha256")
    .update([...inputs, ...names, Fs.readFileSync(typesFile, "utf8")].join("\n"))
    .digest("hex")
  return Path.join(root, "node_modules/.cache/aegis-contracts", `${digest.slice(0, 32)}.json`)
}

const generate = async (): Promise<Record<string, object>> => {
  const { createGenerator } = await import("ts-json-schema-generator")
  const generator = createGenerator({
    path: typesFile,
    tsconfig: Path.join(root, "tsconfig.json"),
    type: "*",
    skipTypeCheck: true,
    additionalProperties: false,
    expose: "all",
    topRef: false,
    jsDoc: "none"
  })
  return Object.fromEntries(names.map((name) => [name, generator.createSchema(name)]))
}

const load = async (): Promise<Record<string, object>> => {
  const file = cacheFile()
  if (Fs.existsSync(file)) {
    // written below, by this very version
    return JSON.parse(Fs.readFileSync(file, "utf8")) as Record<string, object>
  }
  const schemas = await generate()
  Fs.mkdirSync(Path.dirname(file), { recursive: true })
  // several test processes may do this at once: whoever renames last wins, with the same bytes
  const temporary = `${file}.${process.pid}`
  Fs.writeFileSync(temporary, JSON.stringify(schemas))
  Fs.renameSync(temporary, file)
  return schemas
}

/** Why a value is not of the type, in one line; undefined where it is. */
export type Check = (name: ContractName, value: unknown) => string | undefined

let loaded: Promise<Check> | undefined

const makeCheck = async (): Promise<Check> => {
  const schemas = await load()
  const ajv = new Ajv({ strict: false, allErrors: false })
  const compiled = new Map<ContractName, ValidateFunction>()
  return (name, value) => {
    const validate = compiled.get(name) ?? ajv.compile(schemas[name] ?? { not: {} })
    compiled.set(name, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors?.slice(-3) ?? [], { dataVar: name })
  }
}

/** The validators, made once per process. */
export const contracts: Effect.Effect<Check> = Effect.promise(() => (loaded ??= makeCheck()))
