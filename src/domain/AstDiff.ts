/**
 * How two TypeScript sources differ as programs. Nodes have numbers: those of the original tree in preorder from 0, then those of the
 * modified one in preorder. Lines and columns count from 1; columns are UTF-16 code units.
 */
import * as Schema from "effect/Schema"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Position = Schema.Int.pipe(Schema.positive())
const Path = Schema.Array(Schema.String).annotations({
  description: "from the root down: the property that holds the node, with its index in a list: body[2]"
})

/** A property of a node that is no node itself. */
export const Scalar = Schema.Union(Schema.String, Schema.JsonNumber, Schema.Boolean, Schema.Null)
export type Scalar = typeof Scalar.Type

const Properties = Schema.Record({ key: Schema.String, value: Scalar })

export const ASTNode = Schema.Struct({
  node: Count,
  type: Schema.String.annotations({ description: "of ESTree, as TypeScript ESTree has it" }),
  path: Path,
  within: Schema.String.annotations({ description: "the names of the declarations around it: Queue.take" }),
  line: Position,
  column: Position,
  endLine: Position,
  endColumn: Position,
  text: Schema.optional(Schema.String).annotations({
    description: "as it stands in the source; left out for a node of which only parts differ"
  })
}).annotations({ identifier: "ASTNode" })
export interface ASTNode extends Schema.Schema.Type<typeof ASTNode> {}

export const NodeChange = Schema.Struct({
  type: Schema.Literal("property", "child", "text").annotations({
    description: "text: what a name, a literal or a text says; child: one came, went or was moved"
  }),
  path: Path.annotations({ description: "from the node down" }),
  original: Schema.optional(Schema.Union(Scalar, ASTNode)),
  modified: Schema.optional(Schema.Union(Scalar, ASTNode))
}).annotations({ identifier: "NodeChange" })
export interface NodeChange extends Schema.Schema.Type<typeof NodeChange> {}

/** A node that is in both trees, and what differs at it. What differs below a child is said of the child. */
export const ModifiedNode = Schema.Struct({
  original: ASTNode,
  modified: ASTNode,
  changes: Schema.Array(NodeChange)
}).annotations({ identifier: "ModifiedNode" })
export interface ModifiedNode extends Schema.Schema.Type<typeof ModifiedNode> {}

/** Where a node is put: in this property of its parent, behind this child of any property, or before all where it is null. */
const place = { parent: Count, slot: Schema.String, after: Schema.NullOr(Count) }

/** One step of the script. A step sees the tree as the steps before it left it; one that deletes finds a leaf. */
export const EditOperation = Schema.Union(
  Schema.Struct({
    op: Schema.Literal("insert"),
    node: Count,
    type: Schema.String,
    properties: Properties,
    ...place
  }),
  Schema.Struct({ op: Schema.Literal("delete"), node: Count, type: Schema.String }),
  Schema.Struct({
    op: Schema.Literal("update"),
    node: Count,
    type: Schema.String,
    original: Properties,
    modified: Properties
  }),
  Schema.Struct({ op: Schema.Literal("move"), node: Count, type: Schema.String, ...place })
).annotations({ identifier: "EditOperation" })
export type EditOperation = typeof EditOperation.Type

/** A name that was changed where it is declared and wherever it is used. */
export const Rename = Schema.Struct({
  original: Schema.String,
  modified: Schema.String,
  within: Schema.String,
  line: Position.annotations({ description: "of the declaration, in the original" }),
  column: Position,
  nodes: Schema.Array(Count).annotations({ description: "the identifiers, which the script updates" })
}).annotations({ identifier: "Rename" })
export interface Rename extends Schema.Schema.Type<typeof Rename> {}

/** A comment that tools obey. */
export const Pragma = Schema.Struct({
  name: Schema.String.annotations({ description: "as in @ts-expect-error, eslint-disable, @__PURE__" }),
  text: Schema.String,
  line: Position,
  column: Position
}).annotations({ identifier: "Pragma" })
export interface Pragma extends Schema.Schema.Type<typeof Pragma> {}

export const ASTDiff = Schema.Struct({
  identical: Schema.Boolean.annotations({ description: "the trees are equal and so are the pragmas" }),
  added: Schema.Array(ASTNode).annotations({
    description: "the largest subtrees that are only in the modified tree"
  }),
  removed: Schema.Array(ASTNode).annotations({
    description: "the largest subtrees that are only in the original"
  }),
  modified: Schema.Array(ModifiedNode),
  script: Schema.Array(EditOperation).annotations({ description: "makes the modified tree of the original" }),
  renames: Schema.Array(Rename),
  pragmas: Schema.Struct({ added: Schema.Array(Pragma), removed: Schema.Array(Pragma) }),
  nodes: Schema.Struct({ original: Count, modified: Count })
}).annotations({ identifier: "ASTDiff" })
export interface ASTDiff extends Schema.Schema.Type<typeof ASTDiff> {}
