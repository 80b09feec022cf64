/** The layers: how Aegis is done with real technology. */
export * from "./AegisLive.js"
export { EnforcerLive, layerWith as enforcerWith } from "./enforce/EnforcerLive.js"
export { layerOtel } from "./Otel.js"
export type { Sources } from "./ConfigFile.js"
export * as SyntaxTreesOxc from "./replay/SyntaxTreesOxc.js"
