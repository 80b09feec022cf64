/** What the schemas of this folder accept, for code that runs before a schema could be loaded. A test holds them together. */
import type { BudgetScope } from "./Budget.js"
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
