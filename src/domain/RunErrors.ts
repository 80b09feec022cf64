/** What can go wrong with runs that are kept. Faults of the database itself are in StoreErrors. */
import * as Schema from "effect/Schema"

/**
 * The lineage is not any more what it was when it was read: payloads were removed, or a name points elsewhere. Whoever wanted
 * to refer to them reads again.
 */
export class LineageMoved extends Schema.TaggedError<LineageMoved>("aegis/LineageMoved")("LineageMoved", {
  thread: Schema.String
}) {
  override get message(): string {
    return `Thread ${this.thread} was pruned or written by others in the meantime: read it again, then write.`
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

/** What is kept is not what was written. It is never given out. */
export class RunDamaged extends Schema.TaggedError<RunDamaged>("aegis/RunDamaged")("RunDamaged", {
  what: Schema.String
}) {
  override get message(): string {
    return `The run store was altered or damaged: ${this.what}. Run \`aegis checkpoint verify\`.`
  }
}

/** A checkpointer was called with a config that does not say where. Exit code 2. */
export class ConfigIncomplete extends Schema.TaggedError<ConfigIncomplete>("aegis/ConfigIncomplete")(
  "ConfigIncomplete",
  { call: Schema.String, field: Schema.String }
) {
  override get message(): string {
    return `${this.call} needs "${this.field}" in the config's "configurable": { configurable: { thread_id: "…" } }.`
  }
}

/** Why a value cannot be stored, or not be read back. */
export const ValueReason = Schema.Literal(
  "cycle",
  "function",
  "symbol",
  "too-deep",
  "too-large",
  "unknown-class",
  "secret",
  "not-readable",
  "malformed"
)
export type ValueReason = typeof ValueReason.Type

/**
 * A value that cannot be stored exactly, or a stored one that cannot be read back. `path` is a JSON pointer (RFC 6901) into
 * the value; an entry of a Map is the pair of its key and its value, so `/map/2/1` is the value of the third. `what` names
 * the class.
 */
export class ValueError extends Schema.TaggedError<ValueError>("aegis/ValueError")("ValueError", {
  path: Schema.String,
  reason: ValueReason,
  what: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const what = this.what === undefined ? "" : `: ${JSON.stringify(this.what)}`
    return `The value at "${this.path}" cannot be kept (${this.reason}${what}). ${fixes[this.reason]}`
  }
}

const fixes = {
  cycle: "The value contains itself: break the cycle.",
  function: "A function is code, not state: keep it outside of the state, or in an untracked channel.",
  symbol: "A symbol means nothing to another process: use a string.",
  "too-deep": "It is nested too deeply: flatten it.",
  "too-large": "Its text is larger than a string can be: split the value.",
  "unknown-class":
    "Objects of this class cannot be made again from what is stored: keep plain data instead, or add the class to the list of those that are allowed.",
  secret:
    "It holds a secret, which is never stored: make it where it is used, of the settings, not in the state.",
  "not-readable": "Reading it threw an error: store what can be read, a getter or a toJSON may be at fault.",
  malformed: "What is stored was not written by this library, or was changed since: restore it from a backup."
} as const

/** There is nothing of this name. Exit code 4. */
export class RunNotFound extends Schema.TaggedError<RunNotFound>("aegis/RunNotFound")("RunNotFound", {
  kind: Schema.Literal("checkpoint", "thread", "branch", "tag", "node", "artifact", "tool trace"),
  name: Schema.String,
  /** A name like it that there is. */
  near: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const near = this.near === undefined ? "" : `Did you mean "${this.near}"? `
    return `There is no ${this.kind} "${this.name}". ${near}\`aegis checkpoint list\` shows what there is.`
  }
}

/** A short name stands for several things. Exit code 2. */
export class NameAmbiguous extends Schema.TaggedError<NameAmbiguous>("aegis/NameAmbiguous")("NameAmbiguous", {
  name: Schema.String,
  candidates: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `"${this.name}" may be any of ${this.candidates.join(", ")}. Give the whole id, or name the run with --thread.`
  }
}

/** A branch or a tag of that name is there already, somewhere else. Exit code 2. */
export class NameTaken extends Schema.TaggedError<NameTaken>("aegis/NameTaken")("NameTaken", {
  kind: Schema.Literal("branch", "tag", "thread"),
  name: Schema.String,
  id: Schema.String
}) {
  override get message(): string {
    return `The ${this.kind} "${this.name}" is there already: it is ${this.id}. Choose another name, or move it.`
  }
}

/** A checkpoint is larger than one may be. Sizes are in characters of its JSON. Nothing was written. Exit code 2. */
export class StateTooLarge extends Schema.TaggedError<StateTooLarge>("aegis/StateTooLarge")("StateTooLarge", {
  /** As far as it was read. */
  size: Schema.Number,
  limit: Schema.Number
}) {
  override get message(): string {
    return `A checkpoint holds ${this.limit} characters of JSON at most; this one has ${this.size} or more. Keep large values elsewhere and their names in the state, or set a higher limit.`
  }
}

/** A checkpoint would come from itself. `path` begins and ends with it, each upon the next one. Exit code 2. */
export class CheckpointCycle extends Schema.TaggedError<CheckpointCycle>("aegis/CheckpointCycle")(
  "CheckpointCycle",
  { path: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `A run has a beginning, but ${this.path.join(" would come from ")}. Save it under another id, or upon another checkpoint.`
  }
}

/** Nodes depend on one another in a circle. `path` begins and ends with the same node. Exit code 2. */
export class NodeCycle extends Schema.TaggedError<NodeCycle>("aegis/NodeCycle")("NodeCycle", {
  path: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `The nodes of a checkpoint form no circles, but ${this.path.join(" depends on ")}. Take one of these edges away.`
  }
}

/** A node depends on one that is not in its checkpoint. Exit code 2. */
export class NodeMissing extends Schema.TaggedError<NodeMissing>("aegis/NodeMissing")("NodeMissing", {
  node: Schema.String,
  missing: Schema.String
}) {
  override get message(): string {
    return `Node ${this.node} depends on ${this.missing}, which is not in its checkpoint. Save that one first, or with it.`
  }
}

/** A checkpoint that names point to, and that is to be deleted. Exit code 2. */
export class CheckpointNamed extends Schema.TaggedError<CheckpointNamed>("aegis/CheckpointNamed")(
  "CheckpointNamed",
  { id: Schema.String, names: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `Checkpoint ${this.id} is ${this.names.join(", ")}. Move or remove these names first, or force it.`
  }
}

/** What is to be imported is not what was exported. Nothing was written. Exit code 2. */
export class ImportInvalid extends Schema.TaggedError<ImportInvalid>("aegis/ImportInvalid")("ImportInvalid", {
  /** From 1. */
  line: Schema.Number,
  what: Schema.String
}) {
  override get message(): string {
    return `Line ${this.line} of the export: ${this.what}. Nothing was imported; export the run again.`
  }
}
