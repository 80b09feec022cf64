/** What a prompt does not say of itself, filled in from the settings. */
import type { ResolveInput } from "../domain/ResolveInput.js"
import type { FrontMatter } from "../prompt/frontMatter.js"
import type { AegisConfig, Settings } from "../services/AegisConfig.js"
import type { SettingName } from "../services/settingNames.js"

/** The input of a prompt and what stands at its head: a flag wins over the prompt, the prompt over everything else. */
export const completeInput = (
  prompt: string,
  { origins, settings }: Pick<AegisConfig["Type"], "origins" | "settings">,
  own: FrontMatter
): ResolveInput | "no provider" | "no model" => {
  const prefer = <K extends SettingName>(key: K, value: Settings[K] | undefined): Settings[K] | undefined =>
    origins.get(key)?.startsWith("--") === true ? settings[key] : (value ?? settings[key])

  const provider = prefer("provider", own.provider)
  const model = prefer("model", own.model)
  if (provider === undefined) return "no provider"
  if (model === undefined) return "no model"
  return {
    prompt,
    provider,
    model,
    temperature: prefer("temperature", own.temperature) ?? 0,
    ...(own.seed === undefined ? {} : { seed: own.seed }),
    rulepacks: own.rulepacks ?? [],
    ...(own.context === undefined ? {} : { context: own.context }),
    layout: prefer("layout", own.layout) ?? "stable-first",
    ...(own.marks === undefined ? {} : { marks: own.marks }),
    strict: false
  }
}
