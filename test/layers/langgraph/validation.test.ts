/** LangGraph's own suite over every saver of ours. */
import type { AegisSaver } from "../../../layers/langgraph/AegisSaver.js"
import { openStorage, places } from "./support/aegis.js"
import { emptyDisk, ModelSaver } from "./support/model.js"
import { validation } from "./support/validation.js"

// The model, which proves that the suite runs as a whole here.
validation({
  checkpointerName: "the model",
  createCheckpointer: () => new ModelSaver(emptyDisk())
})

for (const [checkpointerName, place] of places) {
  const open = new Map<AegisSaver, () => Promise<void>>()
  validation<AegisSaver>({
    checkpointerName,
    createCheckpointer: async () => {
      const storage = await openStorage(place)
      const saver = await storage.open()
      open.set(saver, storage.close)
      return saver
    },
    destroyCheckpointer: async (saver) => open.get(saver)?.()
  })
}
