/** Branded ids, so that a checkpoint's id cannot be given where a scaffold's is wanted. */
import * as Schema from "effect/Schema"

export const BlockId = Schema.UUID.pipe(Schema.brand("BlockId"))
export type BlockId = typeof BlockId.Type

export const ScaffoldId = Schema.UUID.pipe(Schema.brand("ScaffoldId"))
export type ScaffoldId = typeof ScaffoldId.Type

export const ResolvedId = Schema.UUID.pipe(Schema.brand("ResolvedId"))
export type ResolvedId = typeof ResolvedId.Type

export const NodeId = Schema.UUID.pipe(Schema.brand("NodeId"))
export type NodeId = typeof NodeId.Type

export const CheckpointId = Schema.UUID.pipe(Schema.brand("CheckpointId"))
export type CheckpointId = typeof CheckpointId.Type

export const BranchId = Schema.UUID.pipe(Schema.brand("BranchId"))
export type BranchId = typeof BranchId.Type

export const ArtifactId = Schema.UUID.pipe(Schema.brand("ArtifactId"))
export type ArtifactId = typeof ArtifactId.Type

export const ToolTraceId = Schema.UUID.pipe(Schema.brand("ToolTraceId"))
export type ToolTraceId = typeof ToolTraceId.Type

export const TelemetryId = Schema.UUID.pipe(Schema.brand("TelemetryId"))
export type TelemetryId = typeof TelemetryId.Type
