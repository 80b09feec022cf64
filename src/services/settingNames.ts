/** The settings by name, and where each may be given. Nothing of a schema: what a hit needs stands here. */
import type { Settings } from "./AegisConfig.js"

export type SettingName = keyof Settings

/** Every setting with the one and only place of its name, in the order in which they are shown. */
const names: { readonly [K in SettingName]-?: true } = {
  provider: true,
  model: true,
  temperature: true,
  layout: true,
  namespace: true,
  fallback: true,
  rulepacks: true,
  rules: true,
  cacheDir: true,
  maxAgeDays: true,
  maxBytes: true,
  maxEntries: true,
  memoryBytes: true,
  ledgerDays: true,
  maxPromptBytes: true,
  maxIncludeBytes: true,
  prices: true,
  budgets: true,
  rulepackDirs: true,
  trustedRulepacks: true,
  engines: true,
  programs: true,
  ci: true,
  openaiBaseUrl: true,
  anthropicBaseUrl: true,
  vllmBaseUrl: true,
  sglangBaseUrl: true,
  llamaCppBaseUrl: true,
  timeoutMs: true,
  maxRetries: true
}

/** The names of all settings, in the order in which they are shown. */
export const settingNames = Object.keys(names) as ReadonlyArray<SettingName> // exactly the record's keys

export const isSetting = (key: string): key is SettingName => Object.hasOwn(names, key)

/** The environment variable of a setting: `maxBytes` is read from `AEGIS_MAX_BYTES`. */
export const variableOf = (name: SettingName): string =>
  `AEGIS_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** The flag of a setting: `maxBytes` is given by `--max-bytes`. */
export const flagOf = (name: SettingName): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
