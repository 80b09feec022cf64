/** LangGraph on the run store: `aegis-prompt-cache/langgraph`. */
export { AegisSaver, LangGraphSaver, layer, type SaverOptions } from "./AegisSaver.js"
