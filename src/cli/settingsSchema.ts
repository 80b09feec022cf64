/** The JSON Schema of aegis.config.json, for editors. */
import * as JSONSchema from "effect/JSONSchema"
import { Settings } from "../services/AegisConfig.js"

/** JSON Schema (draft 7): as `Settings`, with the `$schema` by which an editor finds it. */
export const settingsJsonSchema = (): object => {
  const { $defs, $schema } = JSONSchema.make(Settings)
  const settings = $defs?.["AegisConfig"]
  const properties = settings !== undefined && "properties" in settings ? settings.properties : {}
  return {
    $schema,
    ...settings,
    properties: { $schema: { type: "string" }, ...properties },
    $defs
  }
}
