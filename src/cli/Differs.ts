/** Two things that were compared are not the same. How they differ is on stdout, and nothing else is said. Exit code 1. */
import * as Schema from "effect/Schema"

export class Differs extends Schema.TaggedError<Differs>("aegis/Differs")("Differs", {}) {}
