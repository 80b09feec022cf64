/** What can go wrong with runs that are kept. Faults of the database itself are in StoreErrors. */
import * as Schema from "effect/Schema"

/** Payloads of the lineage were removed since it was read. Whoever wanted to refer to them reads again. */
export class LineageMoved extends Schema.TaggedError<LineageMoved>("aegis/LineageMoved")("LineageMoved", {
  thread: Schema.String
}) {
  override get message(): string {
    return `Thread ${this.thread} was pruned while it was written: read it again, then write.`
  }
}

/** A write of a run that ended late: its thread has been deleted in the meantime. Nothing was written. */
export class ThreadDeleted extends Schema.TaggedError<ThreadDeleted>("aegis/ThreadDeleted")("ThreadDeleted", {
  thread: Schema.String
}) {
  override get message(): string {
    return `Thread ${this.thread} was deleted; what belongs to its former run is not written any more.`
  }
}
