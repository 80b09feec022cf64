/** What can go wrong while a run is recorded or replayed. */
import * as Schema from "effect/Schema"

/**
 * A strict replay asked for something that was not recorded. `nearest` is the recorded request that differs least, `path` the first
 * place (a JSON pointer) where it does, `because` the first thing that the node uses and had not used before, as a block; values are not told, for they may be prompts. Exit code 1.
 */
export class ReplayMiss extends Schema.TaggedError<ReplayMiss>("aegis/ReplayMiss")("ReplayMiss", {
  node: Schema.String,
  kind: Schema.Literal("fetch", "tool", "sleep"),
  step: Schema.String,
  nearest: Schema.optional(Schema.String),
  path: Schema.optional(Schema.String),
  because: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const because = this.because === undefined ? "" : `: ${this.because}`
    const why =
      this.nearest === undefined
        ? "Nothing like it was recorded"
        : `The nearest recorded one is ${this.nearest}, which differs at ${this.path === "" || this.path === undefined ? "the root" : this.path}`
    return `${this.node} asked for ${this.step}, which was not recorded${because}. ${why}. Record the run again, or replay it incrementally.`
  }
}

/** Something of a run that JSON cannot hold, so that no replay could give it back. `path` is a JSON pointer. Exit code 2. */
export class NotRecordable extends Schema.TaggedError<NotRecordable>("aegis/NotRecordable")("NotRecordable", {
  node: Schema.String,
  what: Schema.Literal("input", "output", "error"),
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `The ${this.what} of ${this.node} cannot be recorded: ${this.path === "" ? "it" : this.path} is ${this.reason}. Give JSON values (of what a node gave, its \`value\`), or a schema that makes them.`
  }
}

/** A recorded node is not what was recorded. It is never given out. Exit code 5. */
export class RecordingDamaged extends Schema.TaggedError<RecordingDamaged>("aegis/RecordingDamaged")(
  "RecordingDamaged",
  { node: Schema.String, problem: Schema.String }
) {
  override get message(): string {
    return `The recording of ${this.node} was altered or is not one: ${this.problem}. Run \`aegis checkpoint verify\`, and record it again.`
  }
}

/** A recording is of a program that nobody registered, so that its nodes cannot be run. Exit code 3. */
export class ProgramNotFound extends Schema.TaggedError<ProgramNotFound>("aegis/ProgramNotFound")(
  "ProgramNotFound",
  { name: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message(): string {
    const known = this.known.length === 0 ? "none is registered" : `registered: ${this.known.join(", ")}`
    return `There is no program "${this.name}" (${known}). Add its module to "programs" in aegis.config.json, or register it with layerPrograms.`
  }
}

/** A module that "programs" names registers no program. Exit code 3. */
export class ProgramInvalid extends Schema.TaggedError<ProgramInvalid>("aegis/ProgramInvalid")(
  "ProgramInvalid",
  {
    file: Schema.String,
    problem: Schema.String,
    fix: Schema.String
  }
) {
  override get message(): string {
    return `${this.file}: ${this.problem}. ${this.fix}`
  }
}

/** A recording in a format that this version does not read. Exit code 5. */
export class RecordingOutdated extends Schema.TaggedError<RecordingOutdated>("aegis/RecordingOutdated")(
  "RecordingOutdated",
  { recording: Schema.String, format: Schema.String }
) {
  override get message(): string {
    return `The recording ${this.recording} is in the format ${this.format}, which this version of Aegis does not read. Record the run again, or replay it with the version that recorded it.`
  }
}
