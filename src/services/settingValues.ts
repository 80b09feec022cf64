/**
 * The values that settings may have, told without the schema, which takes longer to load than a hit: `Settings` says
 * the same, and says what is wrong with a value that is none. A test holds the two together.
 */
import {
  isBudgetScope,
  isCiSettings,
  isLayout,
  isProvider,
  isTemperature,
  largestLimit
} from "../domain/plainValues.js"
import { ruleName } from "../domain/ruleName.js"
import type { SettingName } from "./settingNames.js"

/** What counts where nothing is given; a setting that is not here may be left out. */
export const defaults = {
  layout: "stable-first",
  namespace: "default",
  fallback: [],
  cacheDir: ".aegis",
  maxAgeDays: 90,
  maxBytes: 512 * 1024 * 1024,
  maxEntries: 100_000,
  memoryBytes: 64 * 1024 * 1024,
  ledgerDays: 90,
  maxPromptBytes: 8 * 1024 * 1024,
  maxIncludeBytes: 8 * 1024 * 1024,
  budgets: [],
  rulepackDirs: ["rulepacks"],
  trustedRulepacks: [],
  engines: [],
  programs: [],
  timeoutMs: 600_000,
  maxRetries: 3
} as const

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""
/** One of the pairs of `fallback`. */
export const providerAndModel = /^[^:]+:./
const isPairs = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === "string" && providerAndModel.test(item))
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const isRuleChanges = (value: unknown): boolean =>
  isObject(value) &&
  Object.entries(value).every(
    ([name, change]) => ruleName.test(name) && (change === "off" || isObject(change))
  )
const isLimit = (value: unknown): boolean =>
  value === undefined || (typeof value === "number" && value >= 0 && value <= largestLimit)
const budgetFields = new Set(["scope", "namespace", "soft", "hard", "unknownPrice"])
const isBudget = (value: unknown): boolean => {
  if (!isObject(value) || !Reflect.ownKeys(value).every((key) => budgetFields.has(String(key)))) return false
  const { hard, namespace, scope, soft, unknownPrice }: Readonly<Record<string, unknown>> = { ...value }
  return (
    isBudgetScope(scope) &&
    (namespace === undefined || isText(namespace)) &&
    isLimit(soft) &&
    isLimit(hard) &&
    (soft !== undefined || hard !== undefined) &&
    (unknownPrice === undefined || unknownPrice === "refuse" || unknownPrice === "allow")
  )
}
const isPositive = (value: unknown): boolean => typeof value === "number" && value > 0
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && isPositive(value)
const isAmount = (value: unknown): boolean => value === 0 || isCount(value)

const checks: { readonly [K in SettingName]-?: (value: unknown) => boolean } = {
  provider: isProvider,
  model: isText,
  temperature: isTemperature,
  layout: isLayout,
  namespace: isText,
  fallback: isPairs,
  rulepacks: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  rules: isRuleChanges,
  cacheDir: isText,
  maxAgeDays: isPositive,
  maxBytes: isCount,
  maxEntries: isCount,
  memoryBytes: isCount,
  ledgerDays: isPositive,
  maxPromptBytes: isCount,
  maxIncludeBytes: isCount,
  prices: isText,
  budgets: (value) => Array.isArray(value) && value.every(isBudget),
  rulepackDirs: isTexts,
  trustedRulepacks: isTexts,
  engines: (value) => Array.isArray(value) && value.every((item) => item === "oxlint"),
  programs: isTexts,
  ci: isCiSettings,
  openaiBaseUrl: isText,
  anthropicBaseUrl: isText,
  vllmBaseUrl: isText,
  sglangBaseUrl: isText,
  llamaCppBaseUrl: isText,
  timeoutMs: isCount,
  maxRetries: isAmount
}

/** Whether a setting may have this value. */
export const isValueOf = (name: SettingName, value: unknown): boolean => checks[name](value)
