/** LangGraph's own suite over every saver of ours. The savers to be held to it are listed here. */
import { emptyDisk, ModelSaver } from "./support/model.js"
import { validation } from "./support/validation.js"

// The model, which proves that the suite runs as a whole here. AegisSaver over SQLite, over Postgres and in memory get
// a `validation` of their own below it.
validation({
  checkpointerName: "the model",
  createCheckpointer: () => new ModelSaver(emptyDisk())
})
