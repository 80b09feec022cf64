/** @effect/ai in recorded runs: `aegis-prompt-cache/effect-ai`. */
export { layer as layerHttpClient } from "./HttpClientFetch.js"
export { layer as layerRecordedModel, type RecordedModelOptions } from "./RecordedModel.js"
