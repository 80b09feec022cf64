/** What runs made, for a person. */
import * as Effect from "effect/Effect"
import type { ArtifactList } from "../../domain/RunListings.js"
import type { ScratchpadArtifact } from "../../domain/ScratchpadArtifact.js"
import { chosen, fact, jsonFact } from "./facts.js"
import { ago, bytes } from "./format.js"
import { paint } from "./paint.js"
import type { Style } from "./Style.js"
import { table } from "./table.js"

/** An artifact, with its content behind an empty line or without it. */
export const artifactView =
  (whole: "content" | "facts") =>
  (artifact: ScratchpadArtifact, style: Style): Effect.Effect<string> => {
    const colors = paint(style)
    const { checkpointId, content, createdAt, id, metadata, name, nodeId, toolTraceId, type } = artifact
    return Effect.succeed(
      [
        ...fact(colors, "id", id),
        ...fact(colors, "type", type),
        ...fact(colors, "name", name === undefined ? undefined : chosen(name)),
        ...fact(colors, "checkpoint", checkpointId),
        ...fact(colors, "node", nodeId),
        ...fact(colors, "tool call", toolTraceId),
        ...fact(colors, "created", createdAt),
        ...jsonFact(colors, style, "metadata", metadata),
        ...(whole === "content" ? ["", content] : [])
      ].join("\n")
    )
  }

export const artifactsView =
  (now: number) =>
  ({ artifacts }: ArtifactList, style: Style): Effect.Effect<string> =>
    artifacts.length === 0
      ? Effect.succeed("no artifacts")
      : table(
          [
            { head: "id", rank: 0, cells: artifacts.map(({ id }) => id) },
            { head: "type", rank: 0, cells: artifacts.map(({ type }) => type) },
            { head: "name", rank: 1, wraps: true, cells: artifacts.map(({ name }) => chosen(name ?? "")) },
            {
              head: "size",
              rank: 2,
              align: "right",
              cells: artifacts.map(({ content }) => bytes(Buffer.byteLength(content)))
            },
            { head: "added", rank: 3, cells: artifacts.map(({ createdAt }) => ago(createdAt, now)) }
          ],
          style
        )
