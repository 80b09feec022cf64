/** What the schemas of this folder accept, for code that runs before a schema could be loaded. A test holds them together. */
import type { BudgetScope } from "./Budget.js"
import type { CiSettings } from "./CiSettings.js"
import type { Provider } from "./Provider.js"
import type { Layout } from "./ResolveInput.js"

const builtIn = new Set<unknown>(["openai", "anthropic", "vllm", "sglang", "llama-cpp"])

/** As `Provider`. */
export const isProvider = (value: unknown): value is Provider =>
  builtIn.has(value) || (typeof value === "string" && /^x-[a-z0-9][a-z0-9-]*$/.test(value))

/** As `Layout`. */
export const isLayout = (value: unknown): value is Layout => value === "stable-first" || value === "source"

/** As `Temperature`. */
export const isTemperature = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= 2

/** As `BudgetScope`. */
export const isBudgetScope = (value: unknown): value is BudgetScope =>
  value === "namespace" || value === "day" || value === "month" || value === "run"

/** The largest limit of a budget, in USD: sums are exact in nano-dollars, which are whole numbers below 2^53. */
export const largestLimit = 9_000_000

const isWithin =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    typeof value === "number" && value >= least && value <= most
const checkNames = new Set<unknown>([
  "cache-integrity",
  "standards",
  "coverage",
  "replay",
  "hit-rate",
  "latency",
  "prompt-economics"
])
const isListOf =
  (holds: (item: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(holds)

const ofCi: { readonly [K in keyof CiSettings]-?: (value: unknown) => boolean } = {
  require: isListOf((item) => checkNames.has(item)),
  hitRate: isWithin(0, 1),
  hitRateOf: (value) => value === "provider" || value === "local",
  latencyMs: isWithin(Number.MIN_VALUE, Number.MAX_VALUE),
  costIncrease: isWithin(0, Number.MAX_VALUE),
  prompts: isListOf((item) => typeof item === "string" && item !== "")
}
const ofCiByName = new Map<string, (value: unknown) => boolean>(Object.entries(ofCi))

/** As `CiSettings`. */
export const isCiSettings = (value: unknown): value is CiSettings =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, each]) => ofCiByName.get(name)?.(each) === true)
